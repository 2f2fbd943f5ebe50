"""What the SQLite store gives to prove things with."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.proof.errors import NoTrees
from domain.proof.evidence import KeptCheckpoint, Snapshot, StoredEntry
from domain.proof.merkle import Nodes, root
from domain.proof.stream_map import StreamHead
from domain.store.errors import StoreReadOnly
from domain.store.sqlite_connections import Connections
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_nodes import Tree, nodes_of, read_count
from domain.store.sqlite_schema import version_of

T = TypeVar("T")

_TREES_SINCE = 2
"""The schema version that brought the trees."""

_COLUMNS = "e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state"
_STREAM = f"""
    SELECT {_COLUMNS} FROM stored_events s CROSS JOIN ledger_entries e ON e.position = s.rowid
    WHERE s.originator_id = ? AND s.rowid <= ? ORDER BY s.originator_version
"""  # noqa: S608 - put together of constants
_ENTRY = f"SELECT {_COLUMNS} FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position WHERE e.position = ?"  # noqa: S608
_HEADS = """
    SELECT originator_id, max(originator_version), max(position) FROM ledger_entries
    WHERE position > ? AND position <= ? GROUP BY originator_id
"""
_LAST = "SELECT number, size, note FROM checkpoints ORDER BY number DESC LIMIT 1"
_CHECKPOINTS = "SELECT number, size, note FROM checkpoints WHERE number > ? ORDER BY number LIMIT ?"
_KEEP = "INSERT INTO checkpoints VALUES (?, ?, ?)"


class SqliteSnapshot:
    """One connection that sees the log as of one moment."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._execute = connection.execute
        self._path = path

    def entries(self) -> TreeHead:
        """Return the tree of the entries."""
        return self._tree(Tree.ENTRIES)

    def commands(self) -> TreeHead:
        """Return the tree of the commands."""
        return self._tree(Tree.COMMANDS)

    def entry_nodes(self) -> Nodes:
        """Return the reader of the nodes of the entries' tree."""
        return nodes_of(self._execute, Tree.ENTRIES, self._path)

    def stored(self, stream: str, upto: Position) -> Sequence[StoredEntry]:
        """Return the entries of a stream up to a position, in order."""
        return [StoredEntry(*row) for row in self._execute(_STREAM, (stream, upto))]

    def stored_at(self, position: Position) -> StoredEntry | None:
        """Return the entry at a position."""
        row = self._execute(_ENTRY, (position,)).fetchone()
        return StoredEntry(*row) if row else None

    def stream_heads(self, after: Position, upto: Position) -> Iterable[StreamHead]:
        """Return where the streams end that grew after a position, as of another."""
        return (StreamHead(*row) for row in self._execute(_HEADS, (after, upto)))

    def last_checkpoint(self) -> KeptCheckpoint | None:
        """Return the one that was made last."""
        row = self._execute(_LAST, ()).fetchone()
        return KeptCheckpoint(*row) if row else None

    def checkpoints(self, after: int, limit: int) -> Sequence[KeptCheckpoint]:
        """Return those that follow a number, in order."""
        return [KeptCheckpoint(*row) for row in self._execute(_CHECKPOINTS, (after, limit))]

    def _tree(self, tree: Tree) -> TreeHead:
        size = read_count(self._execute, tree)
        return TreeHead(size, root(size, nodes_of(self._execute, tree, self._path)))


class SqliteEvidence:
    """The part of the SQLite store that proves. Checkpoints are kept in transactions of their own, beside the writer's."""

    def __init__(self, connections: Connections, *, read_only: bool) -> None:
        self._connections = connections
        self._read_only = read_only

    def at_one_moment(self, question: Callable[[Snapshot], T]) -> T:
        """Answer a question from one moment of the log.

        Raises:
            NoTrees: the ledger is of an earlier version, and has none.
            StoreFault: the database cannot answer.
        """
        return self._connections.read(lambda connection: self._asked(connection, question))

    def keep_checkpoint(self, number: int, size: int, note: str) -> bool:
        """Keep a checkpoint; false where another was kept under its number meanwhile.

        Raises:
            StoreReadOnly: the ledger was opened for reading.
            StoreFault: the database cannot take it.
        """
        if self._read_only:
            raise StoreReadOnly(self._connections.place.name)
        try:
            with self._connections.writing:
                connection = self._connections.writer("rw")
                try:
                    return _kept(connection, number, size, note)
                finally:
                    self._connections.give_up(connection)
        except sqlite3.Error as error:
            raise fault_of(error, self._connections.place.name) from error

    def _asked(self, connection: sqlite3.Connection, question: Callable[[Snapshot], T]) -> T:
        begun = not connection.in_transaction  # In memory, the writer's own work may ask.
        if begun:
            connection.execute("BEGIN")
        try:
            if version_of(connection) < _TREES_SINCE:
                raise NoTrees
            return question(SqliteSnapshot(connection, self._connections.place.name))
        finally:
            if begun and connection.in_transaction:
                connection.execute("ROLLBACK")


def _kept(connection: sqlite3.Connection, number: int, size: int, note: str) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        last = connection.execute(_LAST).fetchone()
        if number != (last[0] if last else 0) + 1:
            return False
        connection.execute(_KEEP, (number, size, note))
        connection.execute("COMMIT")
        return True
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
