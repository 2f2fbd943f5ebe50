"""The people's file: one SQLite connection, which threads use in turn. It forgets what is deleted from it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from domain.people import schema
from domain.people.errors import NotPeople, PeopleFailed, PeopleFault, PeopleLocked

BUSY_SECONDS = 5.0
CACHE_KIB = 32_768
"""Ids and look-ups are random, so that a large directory touches every page."""

_FILE_LENGTH_MIN = 512


class PeopleFile:
    """A database that only its owner may read."""

    def __init__(self, path: Path | None, check: bytes, *, read_only: bool) -> None:
        """Open it, and make it where there is none unless it is only to be read.

        Raises:
            PeopleFault: it cannot be opened, is something else, or was made with another key.
        """
        self.name = str(path) if path else "in memory"
        self._lock = RLock()
        if path and not read_only:
            _make_private(path)
        with self._faults():
            self._connection = self._connect(path, read_only=read_only)
        try:
            with self._faults():
                schema.prepare(self._connection, check, self.name, read_only=read_only)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Ask questions."""
        with self._lock, self._faults():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all of it, or, leaving by an exception, none."""
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def forget(self) -> None:
        """Let nothing that was deleted stand anywhere in the files.

        Raises:
            PeopleLocked: somebody is reading; what was deleted may stand beside the file still.
        """
        with self._lock, self._faults():
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise PeopleLocked(self.name)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _connect(self, path: Path | None, *, read_only: bool) -> sqlite3.Connection:
        target = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}" if path else ":memory:"
        connection = sqlite3.connect(target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return connection

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _fault_of(error, self.name) from error


def _make_private(path: Path) -> None:
    """Create the file for its owner alone; what SQLite keeps beside it gets the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        length = path.stat().st_size
    except OSError as error:
        raise PeopleFailed(str(path), str(error.strerror)) from error
    # SQLite takes a file of one byte for an empty one, and would overwrite it.
    if 0 < length < _FILE_LENGTH_MIN:
        raise NotPeople(str(path), "it is no SQLite database")


def _fault_of(error: sqlite3.Error, path: str) -> PeopleFault:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return NotPeople(path, "it is no SQLite database")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return PeopleLocked(path)
        case _:
            return PeopleFailed(path, str(error).rstrip("."))
