"""The tables of the people's file, and how it is told from other files."""

import sqlite3

from domain.people.errors import NotPeople, WrongKey

APPLICATION_ID = 0x4C434350
"""`LCCP`, in the file's header: these are the people of a lifecycle ledger."""

VERSION = 1

_TABLES = (
    "CREATE TABLE key_check (value BLOB NOT NULL)",
    # Of the erased, only the id and the instant are left.
    """
    CREATE TABLE people (
        id TEXT PRIMARY KEY NOT NULL,
        wrapped BLOB,
        by_directory BLOB,
        by_address BLOB,
        content BLOB,
        cards INTEGER NOT NULL,
        address INTEGER NOT NULL,
        erased_at TEXT
    ) WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX people_by_directory ON people (by_directory)",
    "CREATE INDEX people_by_address ON people (by_address)",
    "CREATE TABLE cards (id TEXT NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (id, number)) WITHOUT ROWID",
    "CREATE TABLE webhooks (id TEXT PRIMARY KEY NOT NULL, wrapped BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
)


def create(connection: sqlite3.Connection, check: bytes) -> None:
    """Make an empty database a people's file, which remembers its key by a check value."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO key_check VALUES (?)", (check,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("PRAGMA journal_mode = WAL")


def check_is_ours(connection: sqlite3.Connection, check: bytes, path: str) -> None:
    """See that a database is a people's file of this version, made with this key.

    Raises:
        NotPeople: it is something else, or of another version.
        WrongKey: it was made with another key.
    """
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise NotPeople(path, "it is the database of another application")
    version = _pragma(connection, "user_version")
    if version != VERSION:
        raise NotPeople(path, f"it is of version {version}, and this software knows version {VERSION}")
    if connection.execute("SELECT value FROM key_check").fetchall() != [(check,)]:
        raise WrongKey(path)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
