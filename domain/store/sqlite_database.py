"""The writer's connection to a SQLite database."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from eventsourcing.sqlite import SQLiteCursor

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store import sqlite_nodes, sqlite_rows
from domain.store.contract import Kept
from domain.store.errors import DiskFull, StoreDamaged, StoreFault, UnreadableEvent
from domain.store.group import CommitLost, Entry, GroupBroken
from domain.store.sqlite_connections import Connections
from domain.store.sqlite_faults import fault_of, not_unicode
from domain.store.sqlite_nodes import Tree
from domain.store.sqlite_recorder import LedgerRecorder
from domain.store.stream_cache import StreamCache
from domain.store.trees import Trees
from domain.store.writer_memory import WriterMemory

T = TypeVar("T")

CATCH_UP_MAX = 1000
"""Entries of other processes that are taken in one by one; where there are more, what is remembered is forgotten."""


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
        self._memory = WriterMemory()
        self._prefixes_found: set[str] = set()
        self._trees: Trees | None = None
        self._lost = False

    @contextmanager
    def transaction(self, keys: Sequence[str]) -> Iterator[Head]:  # noqa: ARG002 - a question more costs nothing here
        """Hold the write lock; leaving by an exception rolls back, or else gives up the connection."""
        with self._connections.writing:
            try:
                yield self._begin()
            except BaseException as error:
                self._abandon(lost=isinstance(error, CommitLost))
                raise

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        """Return a stream's events."""
        known = self._memory.get(stream)
        if known is None:
            known = self._read(lambda execute: sqlite_rows.read_stream(execute, stream, self._cache, self._memory.position))
            self._memory.put(stream, known)
        return known

    def has_streams(self, prefix: str) -> bool:
        """Tell whether any stream starts with a prefix. Streams stay, so a yes is remembered."""
        if prefix not in self._prefixes_found and self._read(lambda execute: sqlite_rows.has_streams(execute, prefix)):
            self._prefixes_found.add(prefix)
        return prefix in self._prefixes_found

    def read_kept(self, key: str) -> Kept | None:
        """Return the command kept under a key."""
        return self._read(lambda execute: sqlite_rows.read_kept(execute, key))

    def read_all_kept(self, keys: Sequence[str]) -> dict[str, Kept]:
        """Return the commands kept under any of the keys."""
        return self._read(lambda execute: sqlite_rows.read_all_kept(execute, keys))

    def commit(self, entries: Sequence[Entry], commands: Sequence[Kept]) -> None:
        """Write and keep what a group has left."""
        try:
            self._recorder.insert(SQLiteCursor(self._connection.cursor()), entries, commands, self._trees_before(entries))
        except sqlite3.Error as error:
            raise GroupBroken(self._fault_of(error)) from error
        try:
            self._commit(self._connection)
        except sqlite3.Error as error:
            fault = self._fault_of(error)
            if isinstance(fault, DiskFull):  # SQLite could not write the last page, so the transaction cannot be whole.
                raise GroupBroken(fault) from error
            self._memory.forget(0)
            raise CommitLost(fault) from error
        if entries:
            self._memory.extend((entry.recorded for entry in entries), entries[-1].recorded.position)

    def _trees_before(self, entries: Sequence[Entry]) -> Trees:
        """Return the trees as this transaction found them: those that it left last time, unless another process added to them."""
        execute = self._connection.execute
        size = entries[0].recorded.position - 1 if entries else sqlite_nodes.read_count(execute, Tree.ENTRIES)
        trees = self._trees
        if trees is None or (trees.entries.size, trees.commands.size) != (size, sqlite_nodes.read_count(execute, Tree.COMMANDS)):
            trees = self._trees = sqlite_nodes.read_trees(execute, self._connections.place.name)
        if trees.entries.size != size:
            raise GroupBroken(StoreDamaged(self._connections.place.name, f"the tree has {trees.entries.size} leaves for {size} entries"))
        return trees

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
        self._catch_up(head.position)
        return head

    def _catch_up(self, head: Position) -> None:
        """Take in what other processes have appended."""
        behind = head - self._memory.position
        if behind == 0:
            return
        if not 0 < behind <= CATCH_UP_MAX:
            self._memory.forget(head)
            return
        try:
            rows = self._read(lambda execute: sqlite_rows.read_page(execute, self._memory.position, head, "", CATCH_UP_MAX))
            self._memory.extend(map(sqlite_rows.recorded, rows), head)
        except UnreadableEvent:  # It may be of a stream that nobody asks for.
            self._memory.forget(head)

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

    def _read(self, query: Callable[[sqlite_rows.Execute], T]) -> T:
        try:
            return query(self._connection.execute)
        except sqlite3.Error as error:
            self.fault = self._fault_of(error)
            raise self.fault from error
        except UnicodeEncodeError as error:
            raise not_unicode(error) from error

    def _abandon(self, *, lost: bool) -> None:
        self._trees = None
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
