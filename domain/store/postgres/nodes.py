"""The nodes of the trees, as the PostgreSQL store keeps them."""

from domain.proof.merkle import HASH_LENGTH, Growing, Nodes, peaks
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
_PEAKS = f"""
    SELECT '{ENTRIES}', position, hashes FROM ledger_nodes WHERE position = ANY(%s::bigint[])
    UNION ALL SELECT '{COMMANDS}', number, hashes FROM ledger_command_nodes WHERE number = ANY(%s::bigint[])
"""  # noqa: S608 - put together of constants


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


def read_trees(connection: Connection, entries: int, commands: int, name: str) -> Trees:
    """Return both trees of these sizes, to go on growing: all that they need in one question."""
    wanted = [[(index + 1) << level for level, index in peaks(size)] for size in (entries, commands)]
    found = {(tree, at): hashes for tree, at, hashes in ask(connection, _PEAKS, *wanted)}

    def growing(tree: str, size: int) -> Growing:
        def node(level: int, index: int) -> bytes:
            at = (index + 1) << level
            return _node(found.get((tree, at), b""), level, f"row {at} of {tree}", name)

        return Growing.of(size, node)

    return Trees(growing(ENTRIES, entries), growing(COMMANDS, commands))


def _node(hashes: bytes, level: int, row: str, name: str) -> bytes:
    hashed = hashes[HASH_LENGTH * level : HASH_LENGTH * (level + 1)]
    if len(hashed) != HASH_LENGTH:
        raise StoreDamaged(name, f"{row} has lost hashes")
    return hashed
