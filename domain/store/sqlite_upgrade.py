"""Bringing the file of an older ledger to the tables of today. Its entries stay as they are, byte for byte."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from domain.proof.merkle import Growing
from domain.store import sqlite_schema
from domain.store.contract import Kept
from domain.store.errors import NotALedger, StoreDamaged
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_place import Place
from domain.store.sqlite_tables import PROOF_TABLES, PROOF_TRIGGERS, SCHEMA_VERSION
from domain.store.trees import Trees

BUSY_SECONDS = 5.0
PAGE_LENGTH = 1000

_ENTRIES = """
    SELECT e.position, e.originator_id, e.originator_version, e.recorded_at, e.actor, s.topic, s.state
    FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position ORDER BY e.position
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM stored_events), (SELECT count(*) FROM ledger_entries), (SELECT max(position) FROM ledger_entries)
"""
_COMMANDS = "SELECT key, fingerprint, answer, position FROM command_keys ORDER BY position, key"

Progress = Callable[[int], None]
"""Told how many entries are done."""


def upgrade(path: Path, progress: Progress = lambda _: None) -> tuple[int, int]:
    """Bring a ledger to the schema of today, in one transaction; return the version that it had, and the one that it has.

    Version 2 adds the trees: every entry gets its leaf, and commands the order of the entries that they caused.

    Raises:
        StoreFault: it is no ledger, is damaged, or cannot be written.
    """
    place = Place(path, read_only=False, busy_seconds=BUSY_SECONDS)
    place.check()
    try:
        connection = place.connect("rw")
        try:
            connection.execute("PRAGMA synchronous = FULL")
            return _upgrade(connection, place.name, progress), SCHEMA_VERSION
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise fault_of(error, place.name) from error


def _upgrade(connection: sqlite3.Connection, name: str, progress: Progress) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if sqlite_schema.is_empty(connection, name):
            raise NotALedger(name, "it is empty")
        version = sqlite_schema.version_of(connection)
        if version < SCHEMA_VERSION:
            _add_trees(connection, name, progress)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return version


def _add_trees(connection: sqlite3.Connection, name: str, progress: Progress) -> None:
    for statement in PROOF_TABLES:
        connection.execute(statement)
    trees = Trees(Growing(), Growing())
    for rows in _pages(connection.execute(_ENTRIES)):
        nodes = [trees.add_entry(row[:5], *row[5:]) for row in rows]
        connection.executemany("INSERT INTO ledger_nodes VALUES (?, ?)", nodes)
        progress(trees.entries.size)
    _check_whole(connection, trees.entries.size, name)
    for rows in _pages(connection.execute(_COMMANDS)):
        connection.executemany("INSERT INTO command_nodes VALUES (?, ?, ?)", [trees.add_command(Kept(*row)) for row in rows])
    for statement in PROOF_TRIGGERS:
        connection.execute(statement)


def _check_whole(connection: sqlite3.Connection, size: int, name: str) -> None:
    events, entries, last = connection.execute(_COUNTS).fetchone()
    if not size == events == entries == (last or 0):
        raise StoreDamaged(name, "it has not one entry for each event")


def _pages(cursor: sqlite3.Cursor) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(PAGE_LENGTH):
        yield rows
