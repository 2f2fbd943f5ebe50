"""How a ledger is told from other files, and made."""

import sqlite3
from collections.abc import Sequence

from domain.store.errors import NewerSchema, NotALedger, OlderSchema, StoreDamaged
from domain.store.sqlite_tables import NAMES, SCHEMA_VERSION, STATEMENTS

APPLICATION_ID = 0x4C434C47
"""`LCLG`, in the file's header: this is a lifecycle ledger."""


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
    if missing := NAMES.get(version, NAMES[SCHEMA_VERSION]) - names:
        raise StoreDamaged(path, f"its schema has lost {', '.join(sorted(missing))}")
    return False


def prepare(connection: sqlite3.Connection, events_tables: Sequence[str], path: str) -> None:
    """Check that a database is a ledger that can be written, or make it one if it is empty."""
    empty = is_empty(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    if empty:
        _create(connection, events_tables, path)
    else:
        if (version := version_of(connection)) < SCHEMA_VERSION:
            raise OlderSchema(path, version, SCHEMA_VERSION)
        _check_writable(connection)


def _create(connection: sqlite3.Connection, events_tables: Sequence[str], path: str) -> None:
    """Make an empty database a ledger, in one transaction, unless another process was faster."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if is_empty(connection, path):
            for statement in (*events_tables, *STATEMENTS):
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
