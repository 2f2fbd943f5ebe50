"""A ledger on PostgreSQL, as a copy reads and writes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from domain.events import Position
from domain.proof.evidence import KeptCheckpoint, StoredEntry
from domain.proof.merkle import Growing, root
from domain.store.contract import Kept
from domain.store.copies.sides import Part, Roots, Sizes, Timestamp
from domain.store.postgres import schema
from domain.store.postgres.address import Address
from domain.store.postgres.faults import fault_of
from domain.store.postgres.inserting import insert_stored
from domain.store.postgres.nodes import COMMANDS, ENTRIES, nodes_of
from domain.store.postgres.rows import ask
from domain.store.postgres.sessions import WRITE_LOCK, check_lent, reading, writing
from domain.store.trees import Trees

_BUSY_SECONDS = 30.0

_SIZES = """
    SELECT (SELECT coalesce(max(position), 0) FROM ledger_nodes), (SELECT coalesce(max(number), 0) FROM ledger_command_nodes),
        (SELECT coalesce(max(number), 0) FROM ledger_checkpoints), (SELECT coalesce(max(number), 0) FROM ledger_timestamps)
"""
_ENTRIES = """
    SELECT position, stream, version, topic, recorded_at, actor, state
    FROM ledger_entries WHERE position > %s AND position <= %s ORDER BY position LIMIT %s
"""
_COMMANDS = """
    SELECT key, fingerprint, answer, position FROM ledger_command_nodes JOIN ledger_commands USING (key)
    WHERE number > %s AND number <= %s AND position <= %s ORDER BY number LIMIT %s
"""
_CHECKPOINTS = "SELECT number, size, note FROM ledger_checkpoints WHERE number > %s AND number <= %s ORDER BY number LIMIT %s"
_TIMESTAMPS = "SELECT number, checkpoint, token FROM ledger_timestamps WHERE number > %s AND number <= %s ORDER BY number LIMIT %s"
_INSERT_CHECKPOINTS = "INSERT INTO ledger_checkpoints SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[])"
_INSERT_TIMESTAMPS = "INSERT INTO ledger_timestamps SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[])"


class PostgresSide:
    """A database. Close it when done."""

    def __init__(self, url: str, *, to_write: bool) -> None:
        """Open a database that was prepared.

        Raises:
            StoreFault: it cannot be reached, is not prepared, or is to be written and cannot be.
        """
        address = Address(url)
        self.name = address.name
        check_lent(address)
        self._connection = writing(address, _BUSY_SECONDS) if to_write else reading(address)
        try:
            schema.check(self._connection, self.name, to_write=to_write)
        except BaseException:
            self._connection.close()
            raise

    def sizes(self) -> Sizes:
        """Return how much it holds."""
        return Sizes(*self._ask(_SIZES)[0])

    def roots(self, sizes: Sizes) -> Roots:
        """Return the roots of the trees at these sizes."""
        with self._faults():
            entries, commands = (nodes_of(self._connection, tree, self.name) for tree in (ENTRIES, COMMANDS))
            return Roots(root(sizes.entries, entries), root(sizes.commands, commands))

    def entries(self, after: Position, upto: Position, limit: int) -> Sequence[StoredEntry]:
        """Return the next entries."""
        return [StoredEntry(*row) for row in self._ask(_ENTRIES, after, upto, limit)]

    def commands(self, after: int, upto: int, position: Position, limit: int) -> Sequence[Kept]:
        """Return the next commands that were kept up to a position."""
        return [Kept(*row) for row in self._ask(_COMMANDS, after, upto, position, limit)]

    def checkpoints(self, after: int, upto: int, limit: int) -> Sequence[KeptCheckpoint]:
        """Return the next checkpoints."""
        return [KeptCheckpoint(*row) for row in self._ask(_CHECKPOINTS, after, upto, limit)]

    def timestamps(self, after: int, upto: int, limit: int) -> Sequence[Timestamp]:
        """Return the next timestamps."""
        return [Timestamp(*row) for row in self._ask(_TIMESTAMPS, after, upto, limit)]

    def write(self, before: Sizes, part: Part, roots: Roots) -> bool:
        """Write rows after what it holds, all or none."""
        with self._faults(), self._transaction():
            if self.sizes() == before:
                trees = self._trees(before)
                insert_stored(self._connection, part.entries, part.commands, trees)
                self._insert(_INSERT_CHECKPOINTS, [(kept.number, kept.size, kept.note) for kept in part.checkpoints])
                self._insert(_INSERT_TIMESTAMPS, part.timestamps)
                if Roots(trees.entries.root(), trees.commands.root()) == roots:
                    self._connection.execute("COMMIT")
                    return True
            return False

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def _trees(self, sizes: Sizes) -> Trees:
        """Return the trees at these sizes, to go on growing."""
        entries, commands = (nodes_of(self._connection, tree, self.name) for tree in (ENTRIES, COMMANDS))
        return Trees(Growing.of(sizes.entries, entries), Growing.of(sizes.commands, commands))

    def _insert(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self._connection.execute(statement, [list(column) for column in zip(*rows, strict=True)])

    def _ask(self, question: str, *values: object) -> list[Any]:
        with self._faults():
            return ask(self._connection, question, *values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        try:
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
            yield
        finally:
            if not self._connection.closed and self._connection.info.transaction_status != TransactionStatus.IDLE:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise fault_of(error, self.name) from error
