"""The tables of the SQLite store, the triggers that keep them append-only, and how a ledger is told from other files."""

import sqlite3
from collections.abc import Sequence

from domain.store.errors import NewerSchema, NotALedger, StoreDamaged

APPLICATION_ID = 0x4C434C47
"""`LCLG`, in the file's header: this is a lifecycle ledger."""

SCHEMA_VERSION = 1

# An entry has the position of its event's row, so the events' primary key is the index of the entries too. The guards keep both without a
# hole from 1 on, and so VACUUM, which may number rows anew, gives them the same numbers.
_TABLES = (
    """
    CREATE TABLE ledger_entries (
        position INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        recorded_at TEXT NOT NULL,
        actor TEXT NOT NULL
    )
    """,
    "CREATE INDEX ledger_streams ON ledger_entries (originator_id) WHERE originator_version = 1",
    """
    CREATE TABLE command_keys (
        key TEXT PRIMARY KEY NOT NULL,
        fingerprint TEXT NOT NULL,
        answer BLOB NOT NULL,
        position INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'append-only'); END"

# INSERT OR REPLACE deletes without firing DELETE triggers, so whatever it could replace is refused before the INSERT.
# A rowid that is not given reads as -1 there; AFTER INSERT keeps a row from taking that number.
_GUARDS = {
    "stored_events": """
        NEW.originator_version IS NOT
            (SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events WHERE originator_id = NEW.originator_id)
        OR EXISTS (SELECT 1 FROM stored_events WHERE rowid = NEW.rowid)
    """,
    "ledger_entries": """
        NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM ledger_entries)
        OR EXISTS (SELECT 1 FROM ledger_entries WHERE position = NEW.position - 1 AND recorded_at >= NEW.recorded_at)
        OR NEW.position IS NOT
            (SELECT rowid FROM stored_events WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)
    """,
    "command_keys": "EXISTS (SELECT 1 FROM command_keys WHERE key = NEW.key)",
}


def _triggers(table: str, guard: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {_REFUSE}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {_REFUSE}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {guard} {_REFUSE}",
    )


_TRIGGERS = (
    *(statement for table, guard in _GUARDS.items() for statement in _triggers(table, guard)),
    f"CREATE TRIGGER stored_events_no_odd_rowid AFTER INSERT ON stored_events WHEN NEW.rowid < 1 {_REFUSE}",
)
_NAMES = {statement.split()[2] for statement in (*_TABLES, *_TRIGGERS)} | {"stored_events"}


def is_empty(connection: sqlite3.Connection, path: str) -> bool:
    """Tell a database without anything in it from a ledger of ours.

    Raises:
        NotALedger: it is neither.
        NewerSchema: a later version wrote it.
        StoreDamaged: parts of the schema are missing.
    """
    application_id, version, names = _identity(connection)
    if (application_id, version, names) == (0, 0, set()):
        return True
    if application_id != APPLICATION_ID:
        raise NotALedger(path, "it is the database of another application")
    if version > SCHEMA_VERSION:
        raise NewerSchema(path, version, SCHEMA_VERSION)
    if missing := _NAMES - names:
        raise StoreDamaged(path, f"its schema has lost {', '.join(sorted(missing))}")
    return False


def prepare(connection: sqlite3.Connection, events_tables: Sequence[str], path: str) -> None:
    """Check that a database is a ledger that can be written, or make it one if it is empty."""
    empty = is_empty(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    if empty:
        _create(connection, events_tables, path)
    else:
        _check_writable(connection)


def _create(connection: sqlite3.Connection, events_tables: Sequence[str], path: str) -> None:
    """Make an empty database a ledger, in one transaction, unless another process was faster."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if is_empty(connection, path):
            for statement in (*events_tables, *_TABLES, *_TRIGGERS):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _check_writable(connection: sqlite3.Connection) -> None:
    """Let a file that is write-protected show itself now. One that is locked at this moment is not write-protected."""
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")  # What it is already; BEGIN alone does not mind.
        finally:
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
    connection.execute(f"PRAGMA busy_timeout = {patience}")


def _identity(connection: sqlite3.Connection) -> tuple[int, int, set[str]]:
    """Return application id, schema version and names as of one moment: another process may be making the ledger just now."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return _pragma(connection, "application_id"), _pragma(connection, "user_version"), names
    finally:
        if begun:
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version that stands in a ledger's header."""
    return _pragma(connection, "user_version")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
