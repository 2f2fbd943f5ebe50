"""The writer's connection to a SQLite database."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from eventsourcing.sqlite import SQLiteCursor

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store import sqlite_rows
from domain.store.contract import Kept
from domain.store.errors import DiskFull, StoreFault
from domain.store.group import CommitLost, Entry, GroupBroken
from domain.store.sqlite_connections import Connections
from domain.store.sqlite_faults import fault_of, not_unicode
from domain.store.sqlite_recorder import LedgerRecorder
from domain.store.stream_cache import StreamCache

P = ParamSpec("P")
R = TypeVar("R")


class SqliteDatabase:
    """One connection, one transaction at a time."""

    def __init__(
        self,
        connections: Connections,
        recorder: LedgerRecorder,
        cache: StreamCache,
        connection: sqlite3.Connection,
        commit: Callable[[sqlite3.Connection], None],
    ) -> None:
        """Take over an open connection; `commit` asks for the COMMIT."""
        self.fault: StoreFault | None = None
        self._connections = connections
        self._recorder = recorder
        self._cache = cache
        self._connection = connection
        self._commit = commit
        self._committed: Position = 0
        self._lost = False

    @contextmanager
    def transaction(self) -> Iterator[Head]:
        """Hold the write lock; leaving by an exception rolls back, or else gives up the connection."""
        with self._connections.writing:
            try:
                yield self._begin()
            except BaseException as error:
                self._abandon(lost=isinstance(error, CommitLost))
                raise

    def read_version(self, stream: str) -> int:
        """Return a stream's last version, 0 if it has none."""
        return self._read(sqlite_rows.read_version, stream)

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        """Return a stream's events."""
        return self._read(sqlite_rows.read_stream, stream, self._cache, self._committed)

    def read_kept(self, key: str) -> Kept | None:
        """Return the command kept under a key."""
        return self._read(sqlite_rows.read_kept, key)

    def commit(self, entries: Sequence[Entry], commands: Sequence[Kept]) -> None:
        """Write and keep what a group has left."""
        try:
            self._recorder.insert(SQLiteCursor(self._connection.cursor()), entries, commands)
        except sqlite3.Error as error:
            raise GroupBroken(self._fault_of(error)) from error
        try:
            self._commit(self._connection)
        except sqlite3.Error as error:
            fault = self._fault_of(error)
            if isinstance(fault, DiskFull):  # SQLite could not write the last page, so the transaction cannot be whole.
                raise GroupBroken(fault) from error
            raise CommitLost(fault) from error

    def close(self) -> None:
        """Close the connection."""
        self._connections.give_up(self._connection)

    def _begin(self) -> Head:
        self.fault = None
        self._connections.place.check_unmoved()
        try:
            self._begin_immediate()
            head = sqlite_rows.read_head(self._connection.execute)
        except sqlite3.Error as error:
            raise self._fault_of(error) from error
        self._committed = head.position
        return head

    def _begin_immediate(self) -> None:
        if not self._lost:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.ProgrammingError:  # The connection itself is of no use.
                self._lost = True
            else:
                return
        self._connection = self._connections.writer("rw")
        self._lost = False
        self._connection.execute("BEGIN IMMEDIATE")

    def _read(self, query: Callable[Concatenate[sqlite_rows.Execute, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return query(self._connection.execute, *args, **kwargs)
        except sqlite3.Error as error:
            self.fault = self._fault_of(error)
            raise self.fault from error
        except UnicodeEncodeError as error:
            raise not_unicode(error) from error

    def _abandon(self, *, lost: bool) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            lost = True
        if lost:
            self._lost = True
            self._connections.give_up(self._connection)

    def _fault_of(self, error: sqlite3.Error) -> StoreFault:
        return fault_of(error, self._connections.place.name)
