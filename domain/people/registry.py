"""The registry: who is behind an opaque id, as long as that is to be known."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from secrets import token_urlsafe
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from domain.instants import format_instant
from domain.people.addresses import usable_address
from domain.people.errors import CardDamaged
from domain.people.file import PeopleFile
from domain.people.keys import MasterKey
from domain.people.sealing import NotSealedHere, Sealer, seal, unseal

ID_BYTES = 12
_TOGETHER = 500
"""Rows that are asked for at once."""

_DIRECTORY, _ADDRESS, _CONTENT = "directory", "address", "content"

_ERASE = """
    UPDATE people SET wrapped = NULL, content = NULL, cards = 0, address = 0, erased_at = ? WHERE id = ? AND erased_at IS NULL
"""

T = TypeVar("T")


def people_path(ledger: Path) -> Path:
    """Return where the people of a ledger stand: `ledger.people.db` beside `ledger.db`."""
    return ledger.with_name(f"{ledger.stem}.people{ledger.suffix}")


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Somebody as a directory lists them. Never shown: it holds personal data."""

    directory_id: str
    name: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as this ledger knows them."""

    id: str
    """Opaque, and random."""
    address: int
    """The number of the card that holds the address; 0 where there is no usable one."""


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """A name and an address, opened. Never shown in an error or a log."""

    name: str | None
    address: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """Where a subscription is told, and the secret with which that is signed."""

    url: str
    secret: str


class _Known(NamedTuple):
    id: str
    wrapped: bytes
    content: bytes
    cards: int
    address: int


@dataclass(slots=True)
class _Written:
    """What a batch of contacts writes, in a few statements."""

    people: dict[str, _Known] = field(default_factory=dict)
    cards: list[tuple[str, int, bytes]] = field(default_factory=list)
    look_ups: dict[str, list[bytes]] = field(default_factory=dict)
    changed: list[tuple[str]] = field(default_factory=list)

    def into(self, connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?, ?, NULL)", self.people.values())
        connection.executemany("INSERT INTO cards VALUES (?, ?, ?)", self.cards)
        connection.executemany("DELETE FROM look_ups WHERE id = ?", self.changed)
        rows = [(digest, id_) for id_, digests in self.look_ups.items() for digest in digests]
        connection.executemany("INSERT OR IGNORE INTO look_ups VALUES (?, ?)", rows)


class People:
    """The people of one ledger. Threads may share it. Close it when done."""

    def __init__(self, file: PeopleFile, sealer: Sealer) -> None:
        self._file = file
        self._sealer = sealer

    @classmethod
    def open(cls, path: Path | None, key: MasterKey, *, read_only: bool = False) -> Self:
        """Open the people's file (see `people_path`), or begin it; without a path it is in memory.

        Raises:
            PeopleFault: it cannot be opened, is something else, or was made with another key.
        """
        sealer = Sealer(key)
        return cls(PeopleFile(path, sealer.check, read_only=read_only), sealer)

    def identify(self, contacts: Sequence[Contact]) -> Sequence[Identity]:
        """Return who is behind each contact, all in one transaction. New ones get an id; what changed of the others is a new card."""
        with self._file.writing() as connection:
            return [identity for batch in _batched(contacts) for identity in self._identify(connection, batch)]

    def addresses(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the number of each one's address, 0 where there is none; nothing of those who are unknown or erased."""
        with self._file.reading() as connection:
            rows = _rows(connection, "SELECT id, address FROM people WHERE erased_at IS NULL AND id IN", ids)
            return dict(rows)

    def erased(self, ids: Iterable[str]) -> set[str]:
        """Return those of whom nothing is known any more."""
        with self._file.reading() as connection:
            return {id_ for (id_,) in _rows(connection, "SELECT id FROM people WHERE erased_at IS NOT NULL AND id IN", ids)}

    def cards(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Card]:
        """Return cards by id and number; number 0 is the newest. Those of the erased are not there.

        Raises:
            CardDamaged: what is kept was changed by somebody else.
        """
        asked = list(wanted)
        with self._file.reading() as connection:
            people = _rows(connection, "SELECT id, wrapped, cards FROM people WHERE wrapped IS NOT NULL AND id IN", {i for i, _ in asked})
            known = {id_: (wrapped, cards) for id_, wrapped, cards in people}
            rows = _rows(connection, "SELECT id, number, sealed FROM cards WHERE id IN", known)
            sealed = {(id_, number): content for id_, number, content in rows}
        return {
            (id_, number): self._opened(id_, number or known[id_][1], known[id_][0], sealed)
            for id_, number in asked
            if id_ in known and (id_, number or known[id_][1]) in sealed
        }

    def find(self, text: str) -> str | None:
        """Return the id of somebody by directory id, by current address, or by the id itself."""
        digests = [self._sealer.look_up(kind, text) for kind in (_DIRECTORY, _ADDRESS)]
        with self._file.reading() as connection:
            found = connection.execute("SELECT id FROM look_ups WHERE digest IN (?, ?) ORDER BY id", digests).fetchone()
            found = found or connection.execute("SELECT id FROM people WHERE id = ?", (text.strip(),)).fetchone()
            return found[0] if found else None

    def erase(self, id_: str, erased_at: datetime) -> bool:
        """Destroy the key of a person, everything sealed under it, and the way from directory and address; tell whether there was any.

        The same person, listed again later, gets another id.
        """
        with self._file.writing() as connection:
            changed = connection.execute(_ERASE, (format_instant(erased_at), id_)).rowcount
            connection.execute("DELETE FROM cards WHERE id = ?", (id_,))
            connection.execute("DELETE FROM look_ups WHERE id = ?", (id_,))
        self._file.forget()
        return bool(changed)

    def seal_webhook(self, url: str, secret: str) -> str:
        """Keep where a subscription is told, and return the id by which events name it."""
        id_ = f"whk-{token_urlsafe(ID_BYTES)}"
        key, wrapped = self._sealer.new_key(id_)
        with self._file.writing() as connection:
            connection.execute("INSERT INTO webhooks VALUES (?, ?, ?)", (id_, wrapped, seal(key, json.dumps([url, secret]).encode(), id_)))
        return id_

    def webhook(self, id_: str) -> Webhook | None:
        """Return where a webhook goes; none once it was removed."""
        with self._file.reading() as connection:
            row = connection.execute("SELECT wrapped, sealed FROM webhooks WHERE id = ?", (id_,)).fetchone()
        return Webhook(*json.loads(self._unsealed(id_, row[0], row[1], id_))) if row else None

    def remove_webhook(self, id_: str) -> None:
        """Forget where a webhook goes."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM webhooks WHERE id = ?", (id_,))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _identify(self, connection: sqlite3.Connection, contacts: Sequence[Contact]) -> Iterator[Identity]:
        digests = [self._sealer.look_up(_DIRECTORY, contact.directory_id) for contact in contacts]
        query = "SELECT l.digest, p.id, wrapped, content, cards, address FROM look_ups l JOIN people p USING (id) WHERE l.digest IN"
        known = {row[0]: _Known(*row[1:]) for row in _rows(connection, query, digests)}
        written = _Written()
        for contact, digest in zip(contacts, digests, strict=True):
            found = known.get(digest)
            content = self._sealer.look_up(_CONTENT, json.dumps([contact.name, contact.address]))
            if found is None or found.content != content:
                found = known[digest] = self._write(written, contact, digest, content, found)
            yield Identity(found.id, found.address)
        written.into(connection)

    def _write(self, written: "_Written", contact: Contact, digest: bytes, content: bytes, before: _Known | None) -> _Known:
        address = contact.address if usable_address(contact.address) else None
        id_ = before.id if before else token_urlsafe(ID_BYTES)
        key, wrapped = (self._key(before), before.wrapped) if before else self._sealer.new_key(id_)
        number = before.cards + 1 if before else 1
        after = _Known(id_, wrapped, content, number, number if address else 0)
        card = seal(key, json.dumps([contact.name, address]).encode(), f"{id_} {number}")
        look_ups = [digest, *([self._sealer.look_up(_ADDRESS, address)] if address else [])]
        written.people[id_] = after
        written.cards.append((id_, number, card))
        written.look_ups[id_] = look_ups
        if before:
            written.changed.append((id_,))
        return after

    def _key(self, known: _Known) -> bytes:
        try:
            return self._sealer.unwrap(known.wrapped, known.id)
        except NotSealedHere as error:
            raise CardDamaged(self._file.name, known.id) from error

    def _opened(self, id_: str, number: int, wrapped: bytes, sealed: dict[tuple[str, int], bytes]) -> Card:
        return Card(*json.loads(self._unsealed(id_, wrapped, sealed[id_, number], f"{id_} {number}")))

    def _unsealed(self, id_: str, wrapped: bytes, sealed: bytes, bound_to: str) -> bytes:
        try:
            return unseal(self._sealer.unwrap(wrapped, id_), sealed, bound_to)
        except NotSealedHere as error:
            raise CardDamaged(self._file.name, id_) from error


def _batched(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _TOGETHER)):
        yield batch


def _rows(connection: sqlite3.Connection, query: str, wanted: Iterable[str] | Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    """Ask for rows by key, some at a time."""
    for batch in _batched(wanted):
        yield from connection.execute(f"{query} ({', '.join('?' * len(batch))})", batch).fetchall()
