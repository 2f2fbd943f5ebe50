"""The nodes of the trees, as the PostgreSQL store keeps them."""

from collections.abc import Mapping

from domain.proof.merkle import HASH_LENGTH, Growing, Nodes
from domain.store.errors import StoreDamaged
from domain.store.postgres.address import Connection
from domain.store.postgres.rows import ask
from domain.store.trees import Trees

ENTRIES, COMMANDS = "ledger_nodes", "ledger_command_nodes"
"""A tree, by the table that has its nodes."""

_COUNT = {
    ENTRIES: "SELECT coalesce(max(position), 0) FROM ledger_nodes",
    COMMANDS: "SELECT coalesce(max(number), 0) FROM ledger_command_nodes",
}
_HASHES = {
    ENTRIES: "SELECT hashes FROM ledger_nodes WHERE position = %s",
    COMMANDS: "SELECT hashes FROM ledger_command_nodes WHERE number = %s",
}


def read_count(connection: Connection, tree: str) -> int:
    """Return how many leaves a tree has."""
    return int(ask(connection, _COUNT[tree])[0][0])


def nodes_of(connection: Connection, tree: str, name: str) -> Nodes:
    """Return the reader of a tree's nodes.

    It raises StoreDamaged where a node is not there.
    """
    rows: dict[int, bytes] = {}

    def node(level: int, index: int) -> bytes:
        at = (index + 1) << level
        if at not in rows:
            found = ask(connection, _HASHES[tree], at)
            rows[at] = found[0][0] if found else b""
        return _node(rows[at], level, f"row {at} of {tree}", name)

    return node


def trees_of(peaks: Mapping[tuple[str, int], bytes], entries: int, commands: int, name: str) -> Trees:
    """Return both trees of these sizes, to go on growing, by the hashes of the rows that complete their peaks.

    Raises:
        StoreDamaged: a row is not there, or has lost hashes.
    """

    def growing(tree: str, size: int) -> Growing:
        def node(level: int, index: int) -> bytes:
            at = (index + 1) << level
            return _node(peaks.get((tree, at), b""), level, f"row {at} of {tree}", name)

        return Growing.of(size, node)

    return Trees(growing(ENTRIES, entries), growing(COMMANDS, commands))


def _node(hashes: bytes, level: int, row: str, name: str) -> bytes:
    hashed = hashes[HASH_LENGTH * level : HASH_LENGTH * (level + 1)]
    if len(hashed) != HASH_LENGTH:
        raise StoreDamaged(name, f"{row} has lost hashes")
    return hashed
