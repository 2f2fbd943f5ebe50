"""What SQLite reports, as errors of ours."""

import sqlite3

from domain.errors import InvalidName
from domain.store.errors import DiskFull, NotALedger, StoreDamaged, StoreFailed, StoreFault, StoreLocked, StoreReadOnly, StoreUnreachable

_PRIMARY = 0xFF
"""SQLite keeps the kind of an error in the lowest byte of its code, and the details above."""


def fault_of(error: sqlite3.Error, path: str) -> StoreFault:  # noqa: PLR0911 - a table, one line a kind
    """Return our error for one of SQLite's."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY:
        case sqlite3.SQLITE_NOTADB:
            return NotALedger(path, "it is no SQLite database")
        case sqlite3.SQLITE_CORRUPT:
            return StoreDamaged(path, str(error))
        case sqlite3.SQLITE_CONSTRAINT:
            return StoreDamaged(path, f"it holds rows that were not written by a ledger ({error})")
        case sqlite3.SQLITE_FULL:
            return DiskFull(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreLocked(path)
        case sqlite3.SQLITE_READONLY:
            return StoreReadOnly(path)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return StoreUnreachable(path, "the file, its -wal or its -shm beside it may not be opened here; check their permissions")
        case _:
            return StoreFailed(path, str(error).rstrip("."))


def not_unicode(error: UnicodeEncodeError) -> InvalidName:
    """Return our error for a text that no database takes, such as one with half a surrogate pair."""
    return InvalidName("text", str(error.object), "it is not Unicode")
