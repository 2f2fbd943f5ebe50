"""The writer's connection to a PostgreSQL database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from domain.events import Position
from domain.proof.merkle import Growing
from domain.recorded import Head, Recorded
from domain.store.contract import Kept
from domain.store.errors import NewerSchema, StoreDamaged, StoreFailed, StoreFault, UnreadableEvent
from domain.store.group import CommitLost, Entry, GroupBroken
from domain.store.postgres import rows
from domain.store.postgres.address import Connection
from domain.store.postgres.beginning import Begun, Wanted, begin, prepare
from domain.store.postgres.connections import Connections
from domain.store.postgres.errors import TransactionPooling
from domain.store.postgres.faults import fault_of
from domain.store.postgres.inserting import insert
from domain.store.postgres.nodes import trees_of
from domain.store.postgres.tables import SCHEMA_VERSION
from domain.store.sqlite_rows import Row, recorded
from domain.store.trees import Trees
from domain.store.writer_memory import WriterMemory

T = TypeVar("T")

CATCH_UP_MAX = 1000
"""Entries that are taken in one by one; where there are more, what is remembered is forgotten."""

_ROLLED_BACK = ("23", "25", "40", "53", "54", "P0")
"""Kinds of errors at COMMIT with which the server itself says that nothing was kept. A pooler has others, and does not know."""


class PostgresDatabase:
    """One connection, one transaction at a time."""

    def __init__(self, connections: Connections, connect: Callable[[], Connection], commit: Callable[[Connection, str], None]) -> None:
        """Open a connection beside those that read; `commit` asks for the COMMIT, after the last statement."""
        self.fault: StoreFault | None = None
        self._connections = connections
        self._name = connections.address.name
        self._connect = connect
        self._connection = self._opened()
        self._session = 0
        self._commit = commit
        self._memory = WriterMemory()
        self._prefixes_found: set[str] = set()
        self._asked: frozenset[str] = frozenset()
        self._found: dict[str, Kept] = {}
        self._trees = Trees(Growing(), Growing())
        self._trees_known = False

    @contextmanager
    def transaction(self, keys: Sequence[str]) -> Iterator[Head]:
        """Hold the write lock; leaving by an exception rolls back, or else gives up the connection."""
        try:
            yield self._begin(frozenset(key for key in keys if key.isascii() and rows.NUL not in key))
        except BaseException as error:
            self._abandon(lost=isinstance(error, CommitLost))
            raise

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        """Return a stream's events."""
        known = self._memory.get(stream)
        if known is None:
            known = self._read(lambda connection: rows.read_stream(connection, stream, self._connections.cache))
            self._memory.put(stream, known)
        return known

    def has_streams(self, prefix: str) -> bool:
        """Tell whether any stream starts with a prefix. Streams stay, so a yes is remembered."""
        if prefix not in self._prefixes_found and self._read(lambda connection: rows.has_streams(connection, prefix)):
            self._prefixes_found.add(prefix)
        return prefix in self._prefixes_found

    def read_kept(self, key: str) -> Kept | None:
        """Return the command kept under a key."""
        return self._read(lambda connection: rows.read_kept(connection, key))

    def read_all_kept(self, keys: Sequence[str]) -> dict[str, Kept]:
        """Return the commands kept under any of the keys."""
        if self._asked.issuperset(keys):
            return {key: self._found[key] for key in keys if key in self._found}
        if any(rows.NUL in key for key in keys):
            raise StoreFailed(self._name, "it keeps no NUL characters")  # So that each caller asks for its own, and one fails alone.
        return self._read(lambda connection: rows.read_all_kept(connection, keys))

    def commit(self, entries: Sequence[Entry], commands: Sequence[Kept]) -> None:
        """Write and keep what a group has left."""
        try:
            last = insert(self._connection, entries, commands, self._trees)
        except psycopg.Error as error:
            raise GroupBroken(fault_of(error, self._name)) from error
        try:
            self._commit(self._connection, last)
        except psycopg.Error as error:
            raise self._uncommitted(error) from error
        if len(entries) > CATCH_UP_MAX:
            self._memory.forget(entries[-1].recorded.position)
        elif entries:
            self._memory.extend((entry.recorded for entry in entries), entries[-1].recorded.position)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _opened(self) -> Connection:
        connection = self._connect()
        prepare(connection)
        return connection

    def _begin(self, keys: frozenset[str]) -> Head:
        self.fault = None
        try:
            begun = self._begun(keys)
        except psycopg.Error as error:
            raise fault_of(error, self._name) from error
        if begun.session != (self._session or begun.session):
            raise TransactionPooling(self._name)
        if begun.schema_version != SCHEMA_VERSION:
            raise NewerSchema(self._name, begun.schema_version, SCHEMA_VERSION)
        if begun.entries != begun.head.position:
            raise StoreDamaged(self._name, f"the tree has {begun.entries} leaves for {begun.head.position} entries")
        self._session, self._asked, self._found = begun.session, keys, begun.kept
        self._catch_up(begun.head.position, begun.fresh)
        if (begun.entries, begun.commands) != self._sizes():  # Another process added to them, or what we had is void.
            self._trees = trees_of(begun.peaks, begun.entries, begun.commands, self._name)
        self._trees_known = True
        return begun.head

    def _sizes(self) -> tuple[int, int]:
        """Return the sizes of the trees as they are remembered; none has these where they are not."""
        return (self._trees.entries.size, self._trees.commands.size) if self._trees_known else (-1, -1)

    def _begun(self, keys: frozenset[str]) -> Begun:
        """Begin; where the connection has ended meanwhile, on a new one, with nothing remembered."""
        after = self._memory.position
        try:
            return begin(self._connection, Wanted(after, CATCH_UP_MAX if after else 0, self._sizes(), keys))
        except psycopg.Error:
            if not self._connection.closed:
                raise
        self._connections.lost()
        self._memory.forget(0)
        self._prefixes_found.clear()
        self._connection, self._session = self._opened(), 0
        return begin(self._connection, Wanted(0, 0, (-1, -1), keys))

    def _catch_up(self, head: Position, fresh: Sequence[Row]) -> None:
        """Take in what other processes have appended."""
        if head == self._memory.position:
            return
        try:
            if not fresh or fresh[-1][0] != head:
                self._memory.forget(head)
                return
            self._memory.extend((recorded(row) for row in fresh if self._memory.get(row[1]) is not None), head)
        except UnreadableEvent:  # It may be of a stream that nobody asks for.
            self._memory.forget(head)

    def _uncommitted(self, error: psycopg.Error) -> CommitLost | GroupBroken:
        """Return what an error at COMMIT means: the server says that there is nothing, or nobody says anything."""
        fault, state = fault_of(error, self._name), error.sqlstate
        status = TransactionStatus.UNKNOWN if self._connection.closed else self._connection.info.transaction_status
        if status == TransactionStatus.INERROR:  # The last statement failed, and the COMMIT was not looked at.
            return GroupBroken(fault)
        if status == TransactionStatus.IDLE and state is not None and state.startswith(_ROLLED_BACK):
            return GroupBroken(fault)
        return CommitLost(fault)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            return query(self._connection)
        except psycopg.Error as error:
            self.fault = fault_of(error, self._name)
            raise self.fault from error

    def _abandon(self, *, lost: bool) -> None:
        self._trees_known = False
        if not lost and not self._connection.closed:
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.Error:
                lost = True
        if lost:
            self._connection.close()
