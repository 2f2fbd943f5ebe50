"""Notices to send, and what came of sending them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import pytest

from api.delivery.notice import Address, Outgoing, Place, WebhookTarget
from api.delivery.outcome import Sent
from domain.notices.events import NotificationRunOpened
from tests.notice_controls import EXAMPLES

NOW = datetime(2024, 11, 22, 9, 30, 5, tzinfo=UTC)
SENDER = Address("Lifecycle Office", "notices@ledger.example")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the standard's own example
END_SECONDS = 20
"""How long a test may wait."""

HOSTILE = (
    "Ada\r\nBcc: eve@example.com",
    "Ada\r\n\r\n<script>alert(1)</script>",
    "x" * 10_000,
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{PILE OF POO}",
    "\N{RIGHT-TO-LEFT OVERRIDE}ecalevoL\N{POP DIRECTIONAL FORMATTING} \N{FIRST STRONG ISOLATE}Ada",
    "{{7*7}} {% raw %} {{ config }} {# gone #}",
    "<script>alert(1)</script><!-- & &amp; \" '",
    "Ada\0Lovelace\x1b[31m\x7f\x85",
    "Ada\udfff\ud800 Lovelace",
    "=?utf-8?q?Eve=0D=0ABcc:_x?=",
    'Ada" <eve@example.com>, "Bob',
    "Ada\\",
    "\N{LINE SEPARATOR}.\N{PARAGRAPH SEPARATOR}\n.\r\n.\r\nQUIT",
    "--=_notice_8_1--",
    "名前 " * 60,
    "",
    " \t ",
)

T = TypeVar("T")


class Channel(Protocol):
    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None: ...

    async def close(self) -> None: ...


def opened(**changes: Any) -> NotificationRunOpened:
    """Return a run that moves dates; `changes` are taken as they are, whatever a door would have refused."""
    (example,) = (event for event in EXAMPLES if isinstance(event, NotificationRunOpened))
    return example.model_copy(update=changes)


def letter(number: int = 1, *, to: Address | WebhookTarget | None = None, places: Sequence[Place] = (), **changes: Any) -> Outgoing:
    return Outgoing(
        run=8,
        recipient=number,
        opened=opened(**changes),
        places=tuple(places) or (Place("subscription-1", ("owner", "reader")),),
        to=to or Address(f"Ada {number}", f"ada{number}@example.com"),
        acknowledge_url="https://ledger.example/acknowledge/abc",
        ledger_url="https://ledger.example/models/azure/mistral-large",
    )


def letters(count: int) -> list[Outgoing]:
    return [letter(number) for number in range(1, count + 1)]


def clock() -> datetime:
    return NOW


_CLOSING_SECONDS = 0.02
"""A connection whose TLS failed is let go by the loop itself, a few turns later; a loop that has ended leaves it open."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on a loop of its own, for so long and no longer, as the only task there."""

    async def bounded() -> T:
        async with asyncio.timeout(END_SECONDS):
            try:
                return await work
            finally:
                await asyncio.sleep(_CLOSING_SECONDS)

    return asyncio.run(bounded())


async def cut(reached: Callable[[], bool], work: "asyncio.Task[None]") -> None:
    """Cancel a work as soon as it has come so far."""
    while not reached():  # noqa: ASYNC110  # what it waits for happens in another thread
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


def sent_by(channel: Channel, *batches: Sequence[Outgoing]) -> list[Sent]:
    """Send batches one after the other, and close: each notice has one outcome."""

    async def send() -> list[Sent]:
        found: list[Sent] = []
        try:
            for batch in batches:
                await channel.send(batch, found.append)
        finally:
            await channel.close()
        return found

    found = run(send())
    asked = [outgoing.key for batch in batches for outgoing in batch]
    assert sorted(sent.outgoing.key for sent in found) == sorted(asked)
    return sorted(found, key=lambda sent: asked.index(sent.outgoing.key))
