"""The people's file: one SQLite connection, which threads use in turn. It forgets what is deleted from it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock

from domain.people import schema
from domain.people.errors import NotPeople, PeopleFailed, PeopleFault, PeopleLocked, PeopleUnreachable
from domain.people.making import OWNER_ALONE, made_once

BUSY_SECONDS = 5.0
"""How long another process may hold the file before we give up."""

CACHE_KIB = 32_768
"""Ids and look-ups are random, so that a large directory touches every page."""

_FILE_LENGTH_MIN = 512
"""Length of the smallest page, in bytes."""


class PeopleFile:
    """A database that only its owner may read."""

    def __init__(self, path: Path | None, check: bytes, *, read_only: bool) -> None:
        """Open it, and make it where there is none unless it is only to be read.

        Raises:
            PeopleFault: it cannot be opened, is something else, or was made with another key.
        """
        self.name = str(path) if path else "in memory"
        self._lock = RLock()
        with self._faults():
            if path:
                self._prepare(path, check, read_only=read_only)
            self._connection = _connect(path, "ro" if read_only else "rw")
        try:
            with self._faults():
                if path is None:
                    schema.create(self._connection, check)
                schema.check_is_ours(self._connection, check, self.name)
                if path and not read_only:
                    _make_private(path)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Ask questions.

        Raises:
            PeopleFault: it cannot answer.
        """
        with self._lock, self._faults():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all of it, or, leaving by an exception, none.

        Raises:
            PeopleFault: it cannot be written.
        """
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def forget(self) -> None:
        """Let nothing that was deleted stand anywhere in the files.

        Raises:
            PeopleLocked: somebody reads or writes; what was deleted may be found in the files until this is done again.
        """
        with self._lock, self._faults():
            # What SQLite moves from page to page leaves copies behind that `secure_delete` does not know of.
            self._connection.execute("VACUUM")
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise PeopleLocked(self.name)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _prepare(self, path: Path, check: bytes, *, read_only: bool) -> None:
        if path.is_dir():
            raise PeopleUnreachable(self.name, "it is a folder")
        if not path.exists():
            if read_only:
                raise PeopleUnreachable(self.name, "there is no such file")
            with made_once(path) as unfinished, closing(_connect(unfinished, "rw")) as connection:
                schema.create(connection, check)
        # SQLite takes a file of one byte for an empty one, and would overwrite it.
        elif path.stat().st_size < _FILE_LENGTH_MIN:
            raise NotPeople(self.name, "it is no SQLite database")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _fault_of(error, self.name) from error
        except OSError as error:
            raise PeopleUnreachable(self.name, str(error.strerror)) from error


def _connect(path: Path | None, mode: str) -> sqlite3.Connection:
    target = f"{path.absolute().as_uri()}?mode={mode}" if path else ":memory:"
    connection = sqlite3.connect(target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def _make_private(path: Path) -> None:
    """Take from others what a copy or a restore may have given them, also of what SQLite keeps beside the file."""
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if one.exists() and one.stat().st_mode & 0o077:
            one.chmod(OWNER_ALONE)


def _fault_of(error: sqlite3.Error, path: str) -> PeopleFault:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return NotPeople(path, "it is no SQLite database")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return PeopleLocked(path)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return PeopleUnreachable(path, "the file, or what SQLite keeps beside it, may not be opened or made here")
        case _:
            return PeopleFailed(path, str(error).rstrip("."))
