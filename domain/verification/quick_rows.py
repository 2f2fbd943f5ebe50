"""The rows of the log for the quick walk, up to a position, through a connection of their own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.events import Position
from domain.store.sqlite_place import Place
from domain.store.sqlite_raw import BUSY_SECONDS

# SQLite orders NULL before numbers, numbers before texts, texts before blobs: to compare with '' and x'' tells the types, in half the time
# of typeof.
ENTRIES = """
    SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state, n.hashes,
        s.originator_id = e.originator_id AND s.originator_version = e.originator_version
            AND e.originator_id >= '' AND e.originator_id < x'' AND e.recorded_at >= '' AND e.recorded_at < x''
            AND e.actor >= '' AND e.actor < x'' AND s.topic >= '' AND s.topic < x'' AND s.state >= x'' AND n.hashes >= x''
    FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position CROSS JOIN ledger_nodes n ON n.position = e.position
    WHERE e.position > ? AND e.position <= ? ORDER BY e.position
"""
"""After one position up to another: position, stream, version, topic, recorded_at, actor, state; the hashes that were kept; and whether
the event is of the same stream and version, and all texts and blobs are texts and blobs."""

STREAMS = "SELECT position, originator_id, originator_version FROM ledger_entries WHERE position <= ? ORDER BY position"
"""Up to a position: position, stream, version."""

KEPT = "SELECT e.recorded_at, n.hashes FROM ledger_entries e JOIN ledger_nodes n ON n.position = e.position WHERE e.position = ?"
"""Of one entry: recorded_at, and the hashes that were kept."""


@contextmanager
def rows(path: Path, statement: str, *positions: Position) -> Iterator[sqlite3.Cursor]:
    """Go through the rows that a statement gives for some positions; texts come as bytes.

    Raises:
        StoreFault: there is no such file.
        sqlite3.Error: it is no database, or cannot be read.
    """
    place = Place(path, read_only=True, busy_seconds=BUSY_SECONDS)
    place.check()
    connection = place.connect(place.state()[0])
    try:
        connection.text_factory = bytes
        connection.execute("PRAGMA query_only = 1")
        yield connection.execute(statement, positions)
    finally:
        connection.close()
