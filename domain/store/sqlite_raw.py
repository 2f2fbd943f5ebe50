"""The rows of a SQLite ledger as they are stored, whatever is in them: texts come as bytes. The file is only read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from domain.store.sqlite_place import MEMORY, Place
from domain.store.sqlite_tables import STATEMENTS

BUSY_SECONDS = 5.0

_ENTRIES = """
    SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state,
        s.originator_id, s.originator_version, n.hashes,
        typeof(e.originator_id) || typeof(e.recorded_at) || typeof(e.actor) = 'texttexttext'
            AND typeof(s.originator_id) || typeof(s.topic) || typeof(s.state) = 'texttextblob' AND typeof(n.hashes) = 'blob'
    FROM ledger_entries e LEFT JOIN stored_events s ON s.rowid = e.position LEFT JOIN ledger_nodes n ON n.position = e.position
    ORDER BY e.position
"""
_COMMANDS = """
    SELECT n.number, k.key, k.fingerprint, k.answer, k.position, n.hashes,
        typeof(n.key) || typeof(k.key) || typeof(k.fingerprint) || typeof(k.answer) || typeof(n.hashes) = 'texttexttextblobblob'
    FROM command_nodes n LEFT JOIN command_keys k ON k.key = n.key ORDER BY n.number
"""
_CHECKPOINTS = "SELECT number, size, iif(typeof(note) = 'text', note, NULL) FROM checkpoints ORDER BY number"
_TIMESTAMPS = "SELECT number, checkpoint, token FROM checkpoint_timestamps ORDER BY number"
_EXTENTS = {
    "stored_events": "SELECT count(*), max(rowid) FROM stored_events",
    "ledger_entries": "SELECT count(*), max(position) FROM ledger_entries",
    "ledger_nodes": "SELECT count(*), max(position) FROM ledger_nodes",
    "command_keys": "SELECT count(*), count(*) FROM command_keys",
    "command_nodes": "SELECT count(*), max(number) FROM command_nodes",
}


class RawLog:
    """One moment of a ledger's file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def schema_version(self) -> int:
        """Return the version in the file's header."""
        return int(self._execute("PRAGMA user_version").fetchone()[0])

    def entries(self) -> Iterator[tuple[Any, ...]]:
        """Go through the entries, each with its event and its hashes, where they are there."""
        return self._execute(_ENTRIES)

    def commands(self) -> Iterator[tuple[Any, ...]]:
        """Go through the commands, each with its hashes, where they are there."""
        return self._execute(_COMMANDS)

    def checkpoints(self) -> Iterator[tuple[Any, ...]]:
        """Go through the checkpoints."""
        return self._execute(_CHECKPOINTS)

    def timestamps(self) -> Iterator[tuple[Any, ...]]:
        """Go through the timestamps."""
        return self._execute(_TIMESTAMPS)

    def extents(self) -> dict[str, tuple[int, int]]:
        """Return how many rows each table has, and its last one."""
        found = {table: self._execute(statement).fetchone() for table, statement in _EXTENTS.items()}
        return {table: (count, last or 0) for table, (count, last) in found.items()}

    def changed_schema(self) -> list[str]:
        """Return the names of tables, indexes and triggers that are not word for word those of a ledger."""
        there = dict(self._execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        found = {name.decode(errors="replace"): _words(sql.decode(errors="replace")) for name, sql in there.items()}
        expected = {_name(statement): _words(statement) for statement in (*STATEMENTS, *_library_statements())}
        return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


@contextmanager
def raw_log(path: Path) -> Iterator[RawLog]:
    """Open a ledger's file as it is at one moment.

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
        connection.execute("BEGIN")
        yield RawLog(connection)
    finally:
        connection.close()


def _library_statements() -> list[str]:
    return SQLiteApplicationRecorder(SQLiteDatastore(MEMORY, originator_id_type="text")).create_table_statements


def _name(statement: str) -> str:
    words = statement.replace("IF NOT EXISTS ", "").split()
    return words[2].rstrip("(")


def _words(statement: str) -> str:
    return " ".join(statement.replace("IF NOT EXISTS ", "").split())
