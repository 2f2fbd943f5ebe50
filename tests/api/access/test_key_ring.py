"""The keys of a running service: found by their prefix, refused as soon as they are good no longer."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.access import key_ring, tokens
from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.key_file import KeyFile
from api.access.key_ring import KeyRing
from api.access.scopes import Grant
from api.access.tokens import new_token
from tests.api.access.guarded import made_key
from tests.ledgers import HandClock
from tests.spec import at


class Desk:
    """A ring, and the file as the command line writes it."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.path = path
        self.theirs, self.ours = KeyFile(path), KeyFile(path)
        self.ring = KeyRing(self.ours, self.clock, look_seconds=0)

    def key(self, name: str, *scopes: str, **more: Any) -> str:
        return made_key(self.theirs, name, *(scopes or ("read",)), clock=self.clock, **more)

    def actor(self, token: str) -> str:
        return asyncio.run(self.ring.principal(token)).actor

    def refused(self, token: str) -> str:
        with pytest.raises(CredentialRefused) as told:
            self.actor(token)
        assert token not in told.value.sentence or not token
        return told.value.sentence


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path / "ledger.access.db")
    yield found
    found.theirs.close()
    found.ours.close()


def test_a_key_is_who_it_is_with_what_it_may(desk: Desk) -> None:
    assert not desk.ring.has_keys
    token = desk.key("ci", "read", "announce:azure")
    assert desk.ring.has_keys
    found = asyncio.run(desk.ring.principal(token))
    assert (found.actor, found.grants) == ("key:ci", {Grant.parse("read"), Grant.parse("announce:azure")})


def test_a_token_that_differs_anywhere_is_not_known(desk: Desk) -> None:
    token, (other, _) = desk.key("ci"), new_token()
    wrong = [other, "", token[:-1], token + "a", token.upper(), token[:-1] + ("A" if token[-1] != "A" else "B"), "lifecycle_\u00fc"]
    assert {desk.refused(each) for each in wrong} == {desk.refused(other)}


def test_two_keys_with_one_prefix_are_told_apart(desk: Desk) -> None:
    first, second = desk.key("first", prefix="aaaaaaaa"), desk.key("second", prefix="aaaaaaaa")
    assert (desk.actor(first), desk.actor(second), desk.actor(first)) == ("key:first", "key:second", "key:first")
    desk.theirs.revoke("first", desk.clock())
    assert desk.refused(first).startswith("The key is revoked.")
    assert desk.actor(second) == "key:second"


def test_a_revoked_key_is_refused_at_once(desk: Desk) -> None:
    token = desk.key("ci")
    found = asyncio.run(desk.ring.principal(token))
    assert found.is_good()
    desk.theirs.revoke("ci", desk.clock())
    assert not found.is_good()
    assert desk.refused(token).startswith("The key is revoked.")


def test_the_file_is_looked_at_once_in_a_moment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(key_ring, "monotonic", lambda: now[0])
    ring, token = KeyRing(desk.ours, desk.clock), desk.key("ci")
    asyncio.run(ring.principal(token))
    desk.theirs.revoke("ci", desk.clock())
    now[0] += key_ring.LOOK_SECONDS / 2
    asyncio.run(ring.principal(token))
    now[0] += key_ring.LOOK_SECONDS
    with pytest.raises(CredentialRefused):
        asyncio.run(ring.principal(token))


def test_an_expired_key_is_refused_from_that_instant_on(desk: Desk) -> None:
    token = desk.key("ci", expires_in_days=1)
    found = asyncio.run(desk.ring.principal(token))
    desk.clock.set("2025-02-02T11:59:59Z")
    assert desk.actor(token) == "key:ci"
    desk.clock.set("2025-02-02T12:00:00Z")
    assert not found.is_good()
    assert desk.refused(token).startswith("The key is expired.")


def test_a_token_is_compared_with_a_hash_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def counting(token: str, kept: str) -> bool:
        compared.append(kept)
        return tokens.matches(token, kept)

    monkeypatch.setattr(key_ring, "matches", counting)
    token = desk.key("ci")

    async def at_once() -> None:
        await asyncio.gather(*(desk.ring.principal(token) for _ in range(20)))

    asyncio.run(at_once())
    asyncio.run(at_once())
    assert 1 <= len(compared) <= key_ring.CHECKED_AT_ONCE


def test_only_so_many_tokens_wait_to_be_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "WAITING_MAX", 3)
    token = desk.key("ci")
    wrong = [token[:-2] + f"{number:02}" for number in range(10)]

    async def at_once() -> list[BaseException | object]:
        return await asyncio.gather(*(desk.ring.principal(each) for each in wrong), return_exceptions=True)

    kinds = [type(found) for found in asyncio.run(at_once())]
    assert kinds.count(CredentialUnchecked) == 7
    assert kinds.count(CredentialRefused) == 3
    assert desk.actor(token) == "key:ci"


def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "REMEMBERED_MAX", 2)
    sent = [desk.key(f"ci-{number}") for number in range(4)]
    assert [desk.actor(token) for token in sent * 2] == [f"key:ci-{number}" for number in range(4)] * 2
    assert len(desk.ring._remembered) <= 2


def test_the_last_use_is_written_afterwards(desk: Desk) -> None:
    token = desk.key("ci")

    async def used() -> None:
        async with desk.ring.noting_use():
            await desk.ring.principal(token)
            assert desk.theirs.keys()[0].last_used_at is None

    asyncio.run(used())
    assert desk.theirs.keys()[0].last_used_at == at("2025-02-01T12:00:00Z")
    assert desk.actor(token) == "key:ci"


def test_a_last_use_that_cannot_be_written_is_written_the_next_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.access.key_file.BUSY_SECONDS", 0.01)
    token = desk.key("ci")
    desk.actor(token)
    with closing(sqlite3.connect(desk.path, isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        asyncio.run(desk.ring.note_use())
        holding.execute("ROLLBACK")
    asyncio.run(desk.ring.note_use())
    assert desk.theirs.keys()[0].last_used_at is not None


def test_a_file_that_cannot_be_read_lets_nobody_in(desk: Desk) -> None:
    token = desk.key("ci")
    found = asyncio.run(desk.ring.principal(token))
    with closing(sqlite3.connect(desk.path, isolation_level=None)) as other:
        other.execute("UPDATE keys SET scopes = 'everything'")
    assert not found.is_good()
    for ask in (lambda: desk.actor(token), lambda: desk.ring.has_keys):
        with pytest.raises(CredentialUnchecked):
            ask()
