"""The registry: who is behind an opaque id, as long as that is to be known."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from types import TracebackType
from typing import Self

from domain.instants import format_instant
from domain.people import rows
from domain.people.addresses import usable_address
from domain.people.errors import AddressShared, CardDamaged
from domain.people.file import PeopleFile
from domain.people.keys import MasterKey
from domain.people.rows import CardRow, PersonRow
from domain.people.sealing import NotSealedHere, Sealer, seal, unseal

ID_BYTES = 12
_TOGETHER = 5_000
"""Contacts that are written at once; the more, the fewer times is each page of the file written."""

_DIRECTORY, _ADDRESS, _CONTENT = "directory", "address", "content"


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
        """Return who is behind each contact, all in one transaction. New ones get an id; what changed of the others is a new card.

        Raises:
            PeopleFault: the file cannot be read or written, or was changed by somebody else; nothing was written.
        """
        with self._file.writing() as connection:
            return [identity for batch in rows.batched(contacts, _TOGETHER) for identity in self._identify(connection, batch)]

    def addresses(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the number of each one's address, 0 where there is none; nothing of those who are unknown or erased."""
        with self._file.reading() as connection:
            return rows.addresses(connection, ids)

    def erased(self, ids: Iterable[str]) -> set[str]:
        """Return those of whom nothing is known any more."""
        with self._file.reading() as connection:
            return rows.erased(connection, ids)

    def cards(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Card]:
        """Return cards by id and number; number 0 is the newest. Those of the erased are not there.

        Raises:
            CardDamaged: what is kept was changed by somebody else.
        """
        asked = list(wanted)
        with self._file.reading() as connection:
            keys = rows.wrapped_keys(connection, {id_ for id_, _ in asked})
            sealed = rows.cards(connection, keys)
        found: dict[tuple[str, int], Card] = {}
        for id_, number in asked:
            wrapped, newest = keys.get(id_, (b"", 0))
            content = sealed.get((id_, number or newest))
            if content is not None:
                found[id_, number] = Card(*json.loads(self._unsealed(id_, wrapped, content, f"{id_} {number or newest}")))
        return found

    def find(self, text: str) -> str | None:
        """Return the id of somebody by directory id, by the id itself, or by current address, in this order.

        Raises:
            AddressShared: several people have the address.
        """
        id_ = text.strip() if text.isascii() else ""
        with self._file.reading() as connection:
            found = rows.one(connection, self._sealer.look_up(_DIRECTORY, text), id_)
            holders = [found] if found else rows.two_by_address(connection, self._sealer.look_up(_ADDRESS, text))
        if len(holders) > 1:
            raise AddressShared(self._file.name)
        return holders[0] if holders else None

    def erase(self, id_: str, erased_at: datetime) -> bool:
        """Destroy the key of a person, everything sealed under it, and the way from directory and address; tell whether there was any.

        The same person, listed again later, gets another id.

        Raises:
            PeopleLocked: somebody holds the file. The person may be erased already, with traces in the file: erase again.
        """
        with self._file.writing() as connection:
            changed = rows.erase(connection, id_, format_instant(erased_at))
            known = bool(rows.erased(connection, [id_]))
        if known:
            self._file.forget()
        return changed

    def seal_webhook(self, url: str, secret: str) -> str:
        """Keep where a subscription is told, and return the id by which events name it."""
        id_ = f"whk-{token_urlsafe(ID_BYTES)}"
        key, wrapped = self._sealer.new_key(id_)
        with self._file.writing() as connection:
            rows.keep_webhook(connection, id_, wrapped, seal(key, json.dumps([url, secret]).encode(), id_))
        return id_

    def webhook(self, id_: str) -> Webhook | None:
        """Return where a webhook goes; none once it was removed.

        Raises:
            CardDamaged: what is kept was changed by somebody else.
        """
        with self._file.reading() as connection:
            row = rows.webhook(connection, id_)
        return Webhook(*json.loads(self._unsealed(id_, *row, id_))) if row else None

    def remove_webhook(self, id_: str) -> None:
        """Forget where a webhook goes."""
        with self._file.writing() as connection:
            removed = rows.remove_webhook(connection, id_)
        if removed:
            self._file.forget()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _identify(self, connection: sqlite3.Connection, contacts: Sequence[Contact]) -> Iterator[Identity]:
        digests = [self._sealer.look_up(_DIRECTORY, contact.directory_id) for contact in contacts]
        known = {person.by_directory: person for person in rows.known(connection, digests)}
        written: dict[str, PersonRow] = {}
        cards: list[CardRow] = []
        for contact, digest in zip(contacts, digests, strict=True):
            person = known.get(digest)
            content = self._sealer.digest(_CONTENT, json.dumps([contact.name, contact.address]))
            if person is None or person.content != content:
                person, card = self._changed(contact, digest, content, person)
                known[digest] = written[person.id] = person
                cards.append(card)
            yield Identity(person.id, person.address)
        rows.keep(connection, written.values(), cards)

    def _changed(self, contact: Contact, digest: bytes, content: bytes, before: PersonRow | None) -> tuple[PersonRow, CardRow]:
        address = contact.address if usable_address(contact.address) else None
        id_ = before.id if before else _new_id()
        key, wrapped = (self._key(before), before.wrapped) if before else self._sealer.new_key(id_)
        number = before.cards + 1 if before else 1
        by_address = self._sealer.look_up(_ADDRESS, address) if address else None
        sealed = seal(key, json.dumps([contact.name, address]).encode(), f"{id_} {number}")
        return PersonRow(id_, wrapped, digest, by_address, content, number, number if address else 0), CardRow(id_, number, sealed)

    def _key(self, known: PersonRow) -> bytes:
        try:
            return self._sealer.unwrap(known.wrapped, known.id)
        except NotSealedHere as error:
            raise CardDamaged(self._file.name, known.id) from error

    def _unsealed(self, id_: str, wrapped: bytes, sealed: bytes, bound_to: str) -> bytes:
        try:
            return unseal(self._sealer.unwrap(wrapped, id_), sealed, bound_to)
        except NotSealedHere as error:
            raise CardDamaged(self._file.name, id_) from error


def _new_id() -> str:
    """Return a random id that no shell takes for an option."""
    while (id_ := token_urlsafe(ID_BYTES)).startswith("-"):
        pass
    return id_
