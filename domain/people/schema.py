"""The tables of the people's file, and how it is told from other files."""

import sqlite3

from domain.people.errors import NotPeople, WrongKey

APPLICATION_ID = 0x4C434350
"""`LCCP`, in the file's header: these are the people of a lifecycle ledger."""

VERSION = 1

_TABLES = (
    "CREATE TABLE key_check (value BLOB NOT NULL)",
    """
    CREATE TABLE people (
        id TEXT PRIMARY KEY NOT NULL,
        wrapped BLOB,
        content BLOB,
        cards INTEGER NOT NULL,
        address INTEGER NOT NULL,
        erased_at TEXT
    ) WITHOUT ROWID
    """,
    "CREATE TABLE cards (id TEXT NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (id, number)) WITHOUT ROWID",
    "CREATE TABLE look_ups (digest BLOB NOT NULL, id TEXT NOT NULL, PRIMARY KEY (digest, id)) WITHOUT ROWID",
    "CREATE INDEX look_ups_of ON look_ups (id)",
    "CREATE TABLE webhooks (id TEXT PRIMARY KEY NOT NULL, wrapped BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
)


def prepare(connection: sqlite3.Connection, check: bytes, path: str, *, read_only: bool) -> None:
    """Check that a database is a people's file under this key, or make it one if it is empty.

    Raises:
        NotPeople: it is something else, or of a later version.
        WrongKey: it was made with another key.
    """
    if not _is_ours(connection, path):
        if read_only:
            raise NotPeople(path, "it is empty")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not _is_ours(connection, path):  # Another process may have been faster.
                _create(connection, check)
        finally:
            connection.execute("COMMIT")
    (value,) = connection.execute("SELECT value FROM key_check").fetchone()
    if value != check:
        raise WrongKey(path)


def _create(connection: sqlite3.Connection, check: bytes) -> None:
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO key_check VALUES (?)", (check,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_ours(connection: sqlite3.Connection, path: str) -> bool:
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application_id == APPLICATION_ID:
        if version != VERSION:
            raise NotPeople(path, f"it has version {version}; this software knows {VERSION}")
        return True
    if (application_id, version) != (0, 0) or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise NotPeople(path, "it is the database of another application")
    return False
