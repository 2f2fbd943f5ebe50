"""The nodes of the trees, as the SQLite store keeps them."""

import sqlite3
from collections.abc import Callable
from enum import StrEnum

from domain.proof.merkle import HASH_LENGTH, Growing, Nodes
from domain.store.errors import StoreDamaged
from domain.store.trees import Trees

Execute = Callable[[str, tuple[object, ...]], sqlite3.Cursor]


class Tree(StrEnum):
    """A tree, by the table that has its nodes."""

    ENTRIES = "ledger_nodes"
    COMMANDS = "command_nodes"


_COUNT = {
    Tree.ENTRIES: "SELECT coalesce(max(position), 0) FROM ledger_nodes",
    Tree.COMMANDS: "SELECT coalesce(max(number), 0) FROM command_nodes",
}
_HASHES = {
    Tree.ENTRIES: "SELECT hashes FROM ledger_nodes WHERE position = ?",
    Tree.COMMANDS: "SELECT hashes FROM command_nodes WHERE number = ?",
}


def read_count(execute: Execute, tree: Tree) -> int:
    """Return how many leaves a tree has."""
    return int(execute(_COUNT[tree], ()).fetchone()[0])


def nodes_of(execute: Execute, tree: Tree, path: str) -> Nodes:
    """Return the reader of a tree's nodes.

    It raises StoreDamaged where a node is not there.
    """
    rows: dict[int, bytes] = {}

    def node(level: int, index: int) -> bytes:
        at = (index + 1) << level
        if at not in rows:
            row = execute(_HASHES[tree], (at,)).fetchone()
            rows[at] = row[0] if row else b""
        found = rows[at][HASH_LENGTH * level : HASH_LENGTH * (level + 1)]
        if len(found) != HASH_LENGTH:
            raise StoreDamaged(path, f"row {at} of {tree} has lost hashes")
        return found

    return node


def read_trees(execute: Execute, path: str) -> Trees:
    """Return both trees, to go on growing."""
    entries, commands = (Growing.of(read_count(execute, tree), nodes_of(execute, tree, path)) for tree in (Tree.ENTRIES, Tree.COMMANDS))
    return Trees(entries, commands)
