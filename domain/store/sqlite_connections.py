"""Connections to one SQLite database: many that read, and the one that writes."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, RLock
from typing import TypeVar

from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore

from domain.store.errors import StoreClosed, StoreLocked, StoreReadOnly
from domain.store.sqlite_faults import fault_of, not_unicode
from domain.store.sqlite_place import MEMORY, FileState, Mode, Place

T = TypeVar("T")

_IDLE_MAX = 8
"""Most reading connections that are kept for the next question."""

_CHECKPOINT_PAGES = 4000
"""Length of the -wal (16 MB) at which it goes into the database. At SQLite's 1000, a busy writer pays a third of its fsyncs for that."""

_READS_MAX = 10
"""How often a question is asked of a file that changes beneath a reader who holds no lock."""


class Connections(SQLiteDatastore):
    """A reader has a connection of its own, so that it never waits for the writer. In memory there is one, which all share in turn."""

    def __init__(self, place: Place) -> None:
        super().__init__(MEMORY, originator_id_type="text")
        self.place = place
        self._idle: list[tuple[FileState, sqlite3.Connection]] = []
        self._lock = Lock()
        self._closed = False
        self._shared = place.connect("rwc") if place.in_memory else None
        self.writing: AbstractContextManager[object] = RLock() if place.in_memory else nullcontext()
        """Held while a transaction is open."""

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Ask a question on a connection that nobody else uses meanwhile.

        Raises:
            StoreFault: the database cannot answer.
            StoreClosed: it was closed.
        """
        try:
            if not self.place.in_memory:
                return self._read_file(query)
            with self.writing:
                return query(self._open_shared())
        except sqlite3.Error as error:
            raise fault_of(error, self.place.name) from error
        except UnicodeEncodeError as error:
            raise not_unicode(error) from error

    def writer(self, mode: Mode) -> sqlite3.Connection:
        """Open the connection that writes."""
        if self.place.in_memory:
            return self._open_shared()
        connection = self.place.connect(mode)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        return connection

    def give_up(self, connection: sqlite3.Connection) -> None:
        """Close the connection that writes, unless it is all there is of the database."""
        if connection is not self._shared:
            connection.close()

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Serve the library's own questions. What it would write has no position, instant or actor, and is refused."""
        if commit:
            raise StoreReadOnly(self.place.name)
        connection = self._shared or self.place.connect(self.place.state()[0])
        try:
            with self.writing, SQLiteCursor(connection.cursor()) as cursor:
                cursor.row_factory = sqlite3.Row
                yield SQLiteCursor(cursor)
        finally:
            if connection is not self._shared:
                connection.close()

    def close(self) -> None:
        """Close what is idle now, and what is in use once its question is answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()
        if self._shared is not None:
            with self.writing:
                self._shared.close()

    def _read_file(self, query: Callable[[sqlite3.Connection], T]) -> T:
        for _ in range(_READS_MAX):
            state = self.place.state()
            connection = self._take(state)
            try:
                result = query(connection)
            except BaseException:
                connection.close()
                if self.place.state() == state:
                    raise
                continue
            self._give_back(state, connection)
            if self.place.state() == state:
                return result
        raise StoreLocked(self.place.name)

    def _take(self, state: FileState) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreClosed
            while self._idle:
                opened, connection = self._idle.pop()
                if opened == state:
                    return connection
                connection.close()
        connection = self.place.connect(state[0])
        connection.execute("PRAGMA query_only = 1")
        return connection

    def _give_back(self, state: FileState, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_MAX:
                self._idle.append((state, connection))
                return
        connection.close()

    def _open_shared(self) -> sqlite3.Connection:
        if self._closed or self._shared is None:
            raise StoreClosed
        return self._shared
