"""A ledger's file, as a copy reads and writes it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.events import Position
from domain.proof.errors import NoTrees
from domain.proof.evidence import KeptCheckpoint, StoredEntry
from domain.proof.merkle import root
from domain.store import sqlite_inserting, sqlite_schema
from domain.store.contract import Kept
from domain.store.copies.sides import Part, Roots, Sizes, Timestamp
from domain.store.sqlite import BUSY_SECONDS, SqliteStore
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_nodes import Tree, nodes_of, read_trees
from domain.store.sqlite_place import Place
from domain.store.sqlite_tables import SCHEMA_VERSION
from domain.store.trees import Trees

_SIZES = """
    SELECT (SELECT coalesce(max(position), 0) FROM ledger_nodes), (SELECT coalesce(max(number), 0) FROM command_nodes),
        (SELECT coalesce(max(number), 0) FROM checkpoints), (SELECT coalesce(max(number), 0) FROM checkpoint_timestamps)
"""
_ENTRIES = """
    SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state
    FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position
    WHERE e.position > ? AND e.position <= ? ORDER BY e.position LIMIT ?
"""
_COMMANDS = """
    SELECT k.key, k.fingerprint, k.answer, k.position FROM command_nodes n CROSS JOIN command_keys k ON k.key = n.key
    WHERE n.number > ? AND n.number <= ? AND k.position <= ? ORDER BY n.number LIMIT ?
"""
_CHECKPOINTS = "SELECT number, size, note FROM checkpoints WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"
_TIMESTAMPS = "SELECT number, checkpoint, token FROM checkpoint_timestamps WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"


class SqliteSide:
    """A file. Close it when done."""

    def __init__(self, path: Path, *, to_write: bool) -> None:
        """Open a file; one that is written is made where there is none.

        Raises:
            NoTrees: an earlier version wrote it, and it has to be upgraded first.
            StoreFault: it cannot be opened, or is no ledger.
        """
        SqliteStore(path, read_only=not to_write).close()
        self.name = str(path)
        self._place = Place(path, read_only=not to_write, busy_seconds=BUSY_SECONDS)
        with self._faults():
            self._connection = self._place.connect("rw" if to_write else self._place.state()[0])
            if sqlite_schema.version_of(self._connection) < SCHEMA_VERSION:
                self._connection.close()
                raise NoTrees

    def sizes(self) -> Sizes:
        """Return how much it holds."""
        return Sizes(*self._ask(_SIZES)[0])

    def roots(self, sizes: Sizes) -> Roots:
        """Return the roots of the trees at these sizes."""
        with self._faults():
            entries, commands = (nodes_of(self._connection.execute, tree, self.name) for tree in (Tree.ENTRIES, Tree.COMMANDS))
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
            trees = read_trees(self._connection.execute, self.name)
            if self.sizes() == before:
                self._insert(part, trees)
                if Roots(trees.entries.root(), trees.commands.root()) == roots:
                    self._connection.execute("COMMIT")
                    return True
            return False

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def _insert(self, part: Part, trees: Trees) -> None:
        into = self._connection.executemany
        nodes = [
            trees.add_entry((entry.position, entry.stream, entry.version, entry.recorded_at, entry.actor), entry.topic, entry.state)
            for entry in part.entries
        ]
        into(sqlite_inserting.EVENT, [(one.position, one.stream, one.version, one.topic, one.state) for one in part.entries])
        into(sqlite_inserting.ENTRY, [(one.position, one.stream, one.version, one.recorded_at, one.actor) for one in part.entries])
        into(sqlite_inserting.NODES, nodes)
        into(sqlite_inserting.COMMAND, [(kept.key, kept.fingerprint, kept.answer, kept.position) for kept in part.commands])
        into(sqlite_inserting.COMMAND_NODES, [trees.add_command(kept) for kept in part.commands])
        into(sqlite_inserting.CHECKPOINT, [(kept.number, kept.size, kept.note) for kept in part.checkpoints])
        into(sqlite_inserting.TIMESTAMP, part.timestamps)

    def _ask(self, question: str, *values: object) -> list[Any]:
        with self._faults():
            return self._connection.execute(question, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise fault_of(error, self.name) from error
