"""What the PostgreSQL store gives to prove things with."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import psycopg

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.proof.evidence import KeptCheckpoint, Snapshot, StoredEntry
from domain.proof.merkle import Nodes, root
from domain.proof.stream_map import StreamHead
from domain.store.postgres.address import Connection
from domain.store.postgres.connections import Connections
from domain.store.postgres.errors import WritingRefused
from domain.store.postgres.faults import fault_of
from domain.store.postgres.nodes import COMMANDS, ENTRIES, nodes_of, read_count
from domain.store.postgres.rows import ask
from domain.store.postgres.sessions import writing

T = TypeVar("T")

_COLUMNS = "position, stream, version, topic, recorded_at, actor, state"
_STREAM = f"SELECT {_COLUMNS} FROM ledger_entries WHERE stream = %s AND position <= %s ORDER BY version"  # noqa: S608 - constants
_ENTRY = f"SELECT {_COLUMNS} FROM ledger_entries WHERE position = %s"  # noqa: S608 - constants
_HEADS = """
    SELECT stream, max(version), max(position) FROM ledger_entries WHERE position > %s AND position <= %s GROUP BY stream
"""
_LAST = "SELECT number, size, note FROM ledger_checkpoints ORDER BY number DESC LIMIT 1"
_CHECKPOINTS = "SELECT number, size, note FROM ledger_checkpoints WHERE number > %s ORDER BY number LIMIT %s"
# Two who see the same last one insert the same number: the second waits for the first, and then does nothing.
_KEEP = """
    INSERT INTO ledger_checkpoints SELECT %s, %s, %s
    WHERE (SELECT coalesce(max(number), 0) + 1 FROM ledger_checkpoints) = %s
    ON CONFLICT DO NOTHING RETURNING number
"""


class PostgresSnapshot:
    """One connection that sees the log as of one moment."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def entries(self) -> TreeHead:
        """Return the tree of the entries."""
        return self._tree(ENTRIES)

    def commands(self) -> TreeHead:
        """Return the tree of the commands."""
        return self._tree(COMMANDS)

    def entry_nodes(self) -> Nodes:
        """Return the reader of the nodes of the entries' tree."""
        return nodes_of(self._connection, ENTRIES, self._name)

    def stored(self, stream: str, upto: Position) -> Sequence[StoredEntry]:
        """Return the entries of a stream up to a position, in order."""
        return [StoredEntry(*row) for row in ask(self._connection, _STREAM, stream, upto)]

    def stored_at(self, position: Position) -> StoredEntry | None:
        """Return the entry at a position."""
        found = ask(self._connection, _ENTRY, position)
        return StoredEntry(*found[0]) if found else None

    def stream_heads(self, after: Position, upto: Position) -> Iterable[StreamHead]:
        """Return where the streams end that grew after a position, as of another."""
        return (StreamHead(*row) for row in ask(self._connection, _HEADS, after, upto))

    def last_checkpoint(self) -> KeptCheckpoint | None:
        """Return the one that was made last."""
        found = ask(self._connection, _LAST)
        return KeptCheckpoint(*found[0]) if found else None

    def checkpoints(self, after: int, limit: int) -> Sequence[KeptCheckpoint]:
        """Return those that follow a number, in order."""
        return [KeptCheckpoint(*row) for row in ask(self._connection, _CHECKPOINTS, after, limit)]

    def _tree(self, tree: str) -> TreeHead:
        size = read_count(self._connection, tree)
        return TreeHead(size, root(size, nodes_of(self._connection, tree, self._name)))


class PostgresEvidence:
    """The part of the PostgreSQL store that proves. Checkpoints are kept in transactions of their own, beside the writer's."""

    def __init__(self, connections: Connections, busy_seconds: float, *, read_only: bool) -> None:
        self._connections = connections
        self._busy_seconds = busy_seconds
        self._read_only = read_only

    def at_one_moment(self, question: Callable[[Snapshot], T]) -> T:
        """Answer a question from one moment of the log.

        Raises:
            StoreFault: the database cannot answer.
        """
        return self._connections.read(lambda connection: self._asked(connection, question))

    def keep_checkpoint(self, number: int, size: int, note: str) -> bool:
        """Keep a checkpoint; false where another was kept under its number meanwhile.

        Raises:
            WritingRefused: the ledger was opened for reading.
            StoreFault: the database cannot take it.
        """
        address = self._connections.address
        if self._read_only:
            raise WritingRefused(address.name)
        connection = writing(address, self._busy_seconds)
        try:
            return bool(ask(connection, _KEEP, number, size, note, number))
        except psycopg.Error as error:
            raise fault_of(error, address.name) from error
        finally:
            connection.close()

    def _asked(self, connection: Connection, question: Callable[[Snapshot], T]) -> T:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            return question(PostgresSnapshot(connection, self._connections.address.name))
        finally:
            if not connection.closed:
                connection.execute("ROLLBACK")
