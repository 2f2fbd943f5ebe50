"""Questions to the tables of the SQLite store, the same inside a transaction and outside."""
# ruff: noqa: S608 - all SQL here is put together of constants; values are bound

import sqlite3
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store.codec import decode
from domain.store.contract import Kept
from domain.store.stream_cache import StreamCache

Row = tuple[int, str, int, str, str, str, bytes]
Execute = Callable[[str, tuple[object, ...]], sqlite3.Cursor]

POSITION_MAX = 2**63 - 1

_FIRST_SURROGATE, _AFTER_SURROGATES = 0xD800, 0xE000

_COLUMNS = "e.position, e.originator_id, e.originator_version, e.recorded_at, e.actor, s.topic, s.state"
_HEAD = "SELECT position, recorded_at FROM ledger_entries ORDER BY position DESC LIMIT 1"
# CROSS JOIN keeps SQLite from turning the two around.
_PAGE = f"SELECT {_COLUMNS} FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position"
_STREAM = f"""
    SELECT {_COLUMNS} FROM stored_events s CROSS JOIN ledger_entries e ON e.position = s.rowid
    WHERE s.originator_id = ? AND s.originator_version > ? ORDER BY s.originator_version
"""
_BY_STREAM = f"""
    SELECT {_COLUMNS} FROM stored_events s CROSS JOIN ledger_entries e ON e.position = s.rowid
    WHERE (s.originator_id, s.originator_version) > (?, ?) AND s.rowid <= ? {{}} ORDER BY s.originator_id, s.originator_version LIMIT ?
"""
_OUTLINE = """
    SELECT position, originator_id, originator_version, recorded_at FROM ledger_entries
    WHERE position > ? AND position <= ? ORDER BY position LIMIT ?
"""
_RECORDED_AT = "SELECT recorded_at FROM ledger_entries WHERE position = ?"
_KEPT_ANY = "SELECT key, fingerprint, answer, position FROM command_keys WHERE key IN"
_KEPT = f"{_KEPT_ANY} (?)"


def read_head(execute: Execute) -> Head:
    """Return the last entry."""
    row = execute(_HEAD, ()).fetchone()
    return Head(row[0], parse_recorded_at(row[1])) if row else Head(0, None)


def read_kept(execute: Execute, key: str) -> Kept | None:
    """Return the command kept under a key."""
    row = execute(_KEPT, (key,)).fetchone()
    return Kept(*row) if row else None


def read_all_kept(execute: Execute, keys: Sequence[str]) -> dict[str, Kept]:
    """Return the commands kept under any of the keys."""
    # A number of parameters that is a power of two, so that few statements are ever prepared.
    asked = (*keys, *[keys[0]] * (2 ** (len(keys) - 1).bit_length() - len(keys)))
    rows = execute(f"{_KEPT_ANY} ({', '.join('?' * len(asked))})", asked).fetchall()
    return {row[0]: Kept(*row) for row in rows}


def read_stream(execute: Execute, stream: str, cache: StreamCache, committed: Position) -> tuple[Recorded, ...]:
    """Return all of a stream, reading only what the cache does not hold; entries up to the committed position go there."""
    known = cache.get(stream)
    fresh = tuple(recorded(row) for row in execute(_STREAM, (stream, len(known))).fetchall())
    if fresh:
        cache.put(stream, known + tuple(event for event in fresh if event.position <= committed))
    return known + fresh


def read_head_at(execute: Execute, instant: datetime) -> Head:
    """Return the last entry recorded at or before an instant."""
    text = format_recorded_at(instant.astimezone(UTC))
    positions = range(1, read_head(execute).position + 1)
    position = bisect_right(positions, text, key=lambda position: _recorded_at(execute, position))
    return Head(position, parse_recorded_at(_recorded_at(execute, position))) if position else Head(0, None)


def read_page(execute: Execute, after: Position, upto: Position, prefix: str, length: int) -> Sequence[Row]:
    """Return the next entries of the log, of streams that start with the prefix."""
    within, bounds = _starting_with(prefix)
    sql = f"{_PAGE} WHERE e.position > ? AND e.position <= ? {within.format('e.originator_id')} ORDER BY e.position LIMIT ?"
    return execute(sql, (after, upto, *bounds, length)).fetchall()


def read_outline(execute: Execute, after: Position, upto: Position, length: int) -> Sequence[tuple[int, str, int, str]]:
    """Return the places of the next entries of the log."""
    return execute(_OUTLINE, (after, upto, length)).fetchall()


def read_page_by_stream(execute: Execute, after: tuple[str, int], upto: Position, prefix: str, length: int) -> Sequence[Row]:
    """Return the next entries in the order of streams and versions, of streams that start with the prefix."""
    within, bounds = _starting_with(prefix)
    return execute(_BY_STREAM.format(within.format("s.originator_id")), (*after, upto, *bounds, length)).fetchall()


def read_streams(execute: Execute, prefix: str) -> Sequence[str]:
    """Return the names of the streams that start with the prefix, sorted."""
    within, bounds = _starting_with(prefix)
    sql = f"SELECT originator_id FROM ledger_entries WHERE originator_version = 1 {within.format('originator_id')} ORDER BY originator_id"
    return tuple(name for (name,) in execute(sql, bounds).fetchall())


def has_streams(execute: Execute, prefix: str) -> bool:
    """Tell whether any stream starts with the prefix."""
    within, bounds = _starting_with(prefix)
    sql = f"SELECT 1 FROM ledger_entries WHERE originator_version = 1 {within.format('originator_id')} LIMIT 1"
    return execute(sql, bounds).fetchone() is not None


def _recorded_at(execute: Execute, position: Position) -> str:
    return str(execute(_RECORDED_AT, (position,)).fetchone()[0])


def _starting_with(prefix: str) -> tuple[str, tuple[str, ...]]:
    """Return a condition on a column, and its values. LIKE would take % and _ for wildcards, and A for a."""
    beyond = _beyond(prefix)
    if not beyond:
        return ("AND {0} >= ?", (prefix,)) if prefix else ("", ())
    return "AND {0} >= ? AND {0} < ?", (prefix, beyond)


def _beyond(prefix: str) -> str:
    """Return the first text after all that start with the prefix; none if there is no such text."""
    stem = prefix.rstrip(chr(sys.maxunicode))
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def recorded(row: Row) -> Recorded:
    """Return the event of a row.

    Raises:
        UnreadableEvent: its bytes are not such an event.
    """
    position, stream, version, recorded_at, actor, topic, state = row
    return Recorded(
        position, stream, version, parse_recorded_at(recorded_at), actor, decode(topic, state, position=position, stream=stream)
    )


def format_recorded_at(instant: datetime) -> str:
    """Write an instant in UTC in a fixed width, so that text order is time order."""
    return instant.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_recorded_at(text: str) -> datetime:
    """Read what `format_recorded_at` wrote."""
    return datetime.fromisoformat(text)
