"""Questions to the tables of the PostgreSQL store, the same inside a transaction and outside."""
# ruff: noqa: S608 - all SQL here is put together of constants; values are bound

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from domain.errors import InvalidName
from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store.contract import Kept
from domain.store.postgres.address import Connection
from domain.store.sqlite_rows import POSITION_MAX, Row, format_recorded_at, parse_recorded_at, recorded
from domain.store.stream_cache import StreamCache

NUL = "\0"
"""The one character that PostgreSQL takes in no text."""

_FIRST_SURROGATE, _AFTER_SURROGATES = 0xD800, 0xE000

COLUMNS = "position, stream, version, recorded_at, actor, topic, state"
_HEAD = "SELECT position, recorded_at FROM ledger_entries ORDER BY position DESC LIMIT 1"
_PAGE = f"SELECT {COLUMNS} FROM ledger_entries WHERE position > %s AND position <= %s {{}} ORDER BY position LIMIT %s"
_STREAM = f"SELECT {COLUMNS} FROM ledger_entries WHERE stream = %s AND version > %s ORDER BY version"
_BY_STREAM = f"""
    SELECT {COLUMNS} FROM ledger_entries WHERE (stream, version) > (%s, %s) AND position <= %s {{}} ORDER BY stream, version LIMIT %s
"""
_OUTLINE = """
    SELECT position, stream, version, recorded_at FROM ledger_entries WHERE position > %s AND position <= %s ORDER BY position LIMIT %s
"""
_STREAMS = "SELECT stream FROM ledger_entries WHERE version = 1 {} ORDER BY stream"
_ANY_STREAM = "SELECT 1 FROM ledger_entries WHERE version = 1 {} LIMIT 1"
_KEPT = "SELECT key, fingerprint, answer, position FROM ledger_commands WHERE key = ANY(%s)"
# Instants increase with positions, so a bisection finds one, here in one question instead of twenty.
_HEAD_AT = """
    WITH RECURSIVE instant(wanted) AS (SELECT %s::text COLLATE "C"), bisection(low, high) AS (
        SELECT 0::bigint, coalesce((SELECT max(position) FROM ledger_entries), 0)
        UNION ALL
        SELECT CASE WHEN past THEN middle ELSE low END, CASE WHEN past THEN high ELSE middle - 1 END
        FROM (
            SELECT low, high, middle, (SELECT recorded_at <= wanted FROM ledger_entries, instant WHERE position = middle) AS past
            FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM bisection WHERE low < high) AS halves
        ) AS looked
    )
    SELECT position, recorded_at FROM ledger_entries WHERE position = (SELECT low FROM bisection WHERE low = high)
"""


def ask(connection: Connection, question: str, *values: object) -> list[Any]:
    """Return all rows that answer a question.

    Raises:
        InvalidName: a value holds text that PostgreSQL does not take.
        psycopg.Error: the database cannot answer.
    """
    try:
        return connection.execute(question, values, binary=True).fetchall()
    except UnicodeEncodeError as error:
        raise InvalidName("text", str(error.object), "it is not Unicode") from error
    except psycopg.DataError as error:
        if error.sqlstate is None and (texts := [value for value in values if isinstance(value, str) and NUL in value]):
            raise InvalidName("text", texts[0], "it holds a NUL character") from error
        raise


def read_head(connection: Connection) -> Head:
    """Return the last entry."""
    return _head(ask(connection, _HEAD))


def read_head_at(connection: Connection, instant: datetime) -> Head:
    """Return the last entry recorded at or before an instant."""
    return _head(ask(connection, _HEAD_AT, format_recorded_at(instant.astimezone(UTC))))


def read_kept(connection: Connection, key: str) -> Kept | None:
    """Return the command kept under a key."""
    # The key alone, not in a list, so that the text that cannot be asked for is found and named.
    rows = ask(connection, _KEPT.replace("ANY(%s)", "%s"), key)
    return Kept(*rows[0]) if rows else None


def read_all_kept(connection: Connection, keys: Sequence[str]) -> dict[str, Kept]:
    """Return the commands kept under any of the keys."""
    return {row[0]: Kept(*row) for row in ask(connection, _KEPT, list(keys))}


def read_stream(connection: Connection, stream: str, cache: StreamCache) -> tuple[Recorded, ...]:
    """Return all of a stream, reading only what the cache does not hold."""
    known = cache.get(stream)
    fresh = tuple(recorded(row) for row in ask(connection, _STREAM, stream, len(known)))
    if fresh:
        cache.put(stream, known + fresh)
    return known + fresh


def read_page(connection: Connection, after: Position, upto: Position, prefix: str, length: int) -> list[Row]:
    """Return the next entries of the log, of streams that start with the prefix."""
    within, bounds = _starting_with(prefix)
    return ask(connection, _PAGE.format(within), _bounded(after), _bounded(upto), *bounds, length)


def read_outline(connection: Connection, after: Position, upto: Position, length: int) -> list[tuple[int, str, int, str]]:
    """Return the places of the next entries of the log."""
    return ask(connection, _OUTLINE, _bounded(after), _bounded(upto), length)


def read_page_by_stream(connection: Connection, after: tuple[str, int], upto: Position, prefix: str, length: int) -> list[Row]:
    """Return the next entries in the order of streams and versions, of streams that start with the prefix."""
    within, bounds = _starting_with(prefix)
    return ask(connection, _BY_STREAM.format(within), *after, _bounded(upto), *bounds, length)


def read_streams(connection: Connection, prefix: str) -> Sequence[str]:
    """Return the names of the streams that start with the prefix, sorted."""
    within, bounds = _starting_with(prefix)
    return tuple(name for (name,) in ask(connection, _STREAMS.format(within), *bounds))


def has_streams(connection: Connection, prefix: str) -> bool:
    """Tell whether any stream starts with the prefix."""
    within, bounds = _starting_with(prefix)
    return bool(ask(connection, _ANY_STREAM.format(within), *bounds))


def _head(rows: list[Any]) -> Head:
    return Head(rows[0][0], parse_recorded_at(rows[0][1])) if rows else Head(0, None)


def _bounded(position: Position) -> Position:
    return min(position, POSITION_MAX)


def _starting_with(prefix: str) -> tuple[str, tuple[str, ...]]:
    """Return a condition, and its values. LIKE would take % and _ for wildcards."""
    beyond = _beyond(prefix)
    if not beyond:
        return ("AND stream >= %s", (prefix,)) if prefix else ("", ())
    return "AND stream >= %s AND stream < %s", (prefix, beyond)


def _beyond(prefix: str) -> str:
    """Return the first text after all that start with the prefix; none if there is no such text."""
    stem = prefix.rstrip(chr(sys.maxunicode))
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)
