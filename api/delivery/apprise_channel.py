"""Any of the services that Apprise knows: chats, pagers, queues. One address for all notices, told once each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from api.delivery.notice import Outgoing
from api.delivery.outcome import Sent
from api.delivery.rendering import rendered
from domain.clock import Clock, system_clock
from domain.errors import LedgerError
from domain.notices.events import Result

NAME = "apprise"


@dataclass(eq=False)
class AppriseMissing(LedgerError):
    """The library that knows the services is not installed."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return "The channel apprise needs a library of its own: install lifecycle-ledger[notify]."


@dataclass(eq=False)
class AppriseAddressInvalid(LedgerError):
    """An address that Apprise does not know."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return "LIFECYCLE_APPRISE_URL names no service that Apprise knows. See its documentation for how each is written."


class AppriseChannel:
    """Sends notices to a service."""

    name = NAME

    def __init__(self, url: str, clock: Clock = system_clock) -> None:
        """Prepare to send.

        Raises:
            AppriseMissing: the library is not installed.
            AppriseAddressInvalid: it does not know the address.
        """
        try:
            self._library: Any = import_module("apprise")
        except ModuleNotFoundError as error:
            raise AppriseMissing from error
        self._clock = clock
        self._service = self._library.Apprise()
        if not self._service.add(url):
            raise AppriseAddressInvalid

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Send a batch, one notice after the other: services mind being hurried."""
        for outgoing in batch:
            told = rendered(outgoing)
            went = await asyncio.to_thread(self._service.notify, body=told.text, title=told.subject, body_format="text")
            result = Result.ACCEPTED if went else Result.TRANSIENT
            done(Sent(outgoing, result, self._clock(), NAME, "accepted" if went else "not_accepted"))

    async def close(self) -> None:
        """There is nothing to let go of."""
