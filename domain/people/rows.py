"""What is asked of the people's tables, and written to them: all statements stand here and in the schema."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

_TOGETHER = 500
"""Rows that are asked for at once."""

_KEEP = """
    INSERT INTO people (id, wrapped, by_directory, by_address, content, cards, address) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        by_address = excluded.by_address, content = excluded.content, cards = excluded.cards, address = excluded.address
"""
_ERASE = """
    UPDATE people SET wrapped = NULL, by_directory = NULL, by_address = NULL, content = NULL, cards = 0, address = 0, erased_at = ?
    WHERE id = ? AND erased_at IS NULL
"""
_KNOWN = "SELECT id, wrapped, by_directory, by_address, content, cards, address FROM people WHERE by_directory IN"

T = TypeVar("T")


class PersonRow(NamedTuple):
    """Somebody who is not erased."""

    id: str
    wrapped: bytes
    by_directory: bytes
    by_address: bytes | None
    content: bytes
    """The digest of the name and the address that were given last."""
    cards: int
    """How many there are, and the number of the newest."""
    address: int


class CardRow(NamedTuple):
    """A version of somebody's name and address."""

    id: str
    number: int
    sealed: bytes


def known(connection: sqlite3.Connection, directory_digests: Iterable[bytes]) -> Iterator[PersonRow]:
    """Find people by their directory ids."""
    return map(PersonRow._make, _rows(connection, _KNOWN, directory_digests))


def keep(connection: sqlite3.Connection, people: Iterable[PersonRow], cards: Iterable[CardRow]) -> None:
    """Write people, new or changed, and their new cards: in the order of the tables, which touches the fewest pages."""
    connection.executemany(_KEEP, sorted(people))
    connection.executemany("INSERT INTO cards VALUES (?, ?, ?)", sorted(cards))


def addresses(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return the numbers of addresses of those who are not erased."""
    return dict(_rows(connection, "SELECT id, address FROM people WHERE erased_at IS NULL AND id IN", ids))


def erased(connection: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Return those who are erased."""
    return {id_ for (id_,) in _rows(connection, "SELECT id FROM people WHERE erased_at IS NOT NULL AND id IN", ids)}


def wrapped_keys(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, tuple[bytes, int]]:
    """Return the wrapped key of each who is not erased, and the number of the newest card."""
    found = _rows(connection, "SELECT id, wrapped, cards FROM people WHERE erased_at IS NULL AND id IN", ids)
    return {id_: (wrapped, cards) for id_, wrapped, cards in found}


def cards(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[tuple[str, int], bytes]:
    """Return all sealed cards of some people, by id and number."""
    return {(id_, number): sealed for id_, number, sealed in _rows(connection, "SELECT id, number, sealed FROM cards WHERE id IN", ids)}


def one(connection: sqlite3.Connection, directory_digest: bytes, id_: str) -> str | None:
    """Return the id of somebody who has this directory id or this id."""
    query = "SELECT id FROM people WHERE by_directory = ? UNION ALL SELECT id FROM people WHERE id = ?"
    found = connection.execute(query, (directory_digest, id_)).fetchall()
    return found[0][0] if found else None


def two_by_address(connection: sqlite3.Connection, address_digest: bytes) -> Sequence[str]:
    """Return who has an address now, two people at most."""
    return [id_ for (id_,) in connection.execute("SELECT id FROM people WHERE by_address = ? LIMIT 2", (address_digest,)).fetchall()]


def erase(connection: sqlite3.Connection, id_: str, erased_at: str) -> bool:
    """Delete all but the id, and tell whether there was anything."""
    connection.execute("DELETE FROM cards WHERE id = ?", (id_,))
    return connection.execute(_ERASE, (erased_at, id_)).rowcount > 0


def keep_webhook(connection: sqlite3.Connection, id_: str, wrapped: bytes, sealed: bytes) -> None:
    """Write a webhook."""
    connection.execute("INSERT INTO webhooks VALUES (?, ?, ?)", (id_, wrapped, sealed))


def webhook(connection: sqlite3.Connection, id_: str) -> tuple[bytes, bytes] | None:
    """Return the wrapped key of a webhook, and what is sealed under it."""
    found = connection.execute("SELECT wrapped, sealed FROM webhooks WHERE id = ?", (id_,)).fetchall()
    return found[0] if found else None


def remove_webhook(connection: sqlite3.Connection, id_: str) -> bool:
    """Delete a webhook, and tell whether it was there."""
    return connection.execute("DELETE FROM webhooks WHERE id = ?", (id_,)).rowcount > 0


def batched(items: Iterable[T], count: int) -> Iterator[list[T]]:
    """Split items into lists of a length."""
    rest = iter(items)
    while batch := list(islice(rest, count)):
        yield batch


def _rows(connection: sqlite3.Connection, query: str, wanted: Iterable[str] | Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    for batch in batched(wanted, _TOGETHER):
        yield from connection.execute(f"{query} ({', '.join('?' * len(batch))})", batch).fetchall()
