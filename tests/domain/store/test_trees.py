"""The trees that grow with the log: equal to an independent implementation, whoever appended, and whether or not they were always there."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from pymerkle import InmemoryTree

from domain.proof.leaves import command_leaf, entry_leaf
from domain.proof.merkle import root
from domain.store import sqlite_nodes
from domain.store.errors import NotALedger, OlderSchema, StoreDamaged
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_nodes import Tree
from domain.store.sqlite_tables import PROOF_TABLES
from domain.store.sqlite_upgrade import upgrade
from tests.controls import FLOOR
from tests.domain.store.contract_suite import MISTRAL, appending, failing, once

_ENTRIES = """
    SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state
    FROM ledger_entries e JOIN stored_events s ON s.rowid = e.position ORDER BY e.position
"""
_COMMANDS = (
    "SELECT n.number, k.key, k.fingerprint, k.answer, k.position FROM command_nodes n LEFT JOIN command_keys k USING (key) ORDER BY 1"
)
_ENTRY = ("position", "stream", "version", "topic", "recorded_at", "actor", "state")
_COMMAND = ("number", "key", "fingerprint", "answer", "position")


def roots(path: Path) -> tuple[bytes, bytes]:
    """Return the roots of both trees as the nodes say."""
    with closing(sqlite3.connect(path)) as connection:
        return tuple(  # type: ignore[return-value]  # two
            root(sqlite_nodes.read_count(connection.execute, tree), sqlite_nodes.nodes_of(connection.execute, tree, "here"))
            for tree in (Tree.ENTRIES, Tree.COMMANDS)
        )


def expected(path: Path) -> tuple[bytes, bytes]:
    """Return the roots as another implementation finds them from the rows."""
    with closing(sqlite3.connect(path)) as connection:
        entries = [entry_leaf(**dict(zip(_ENTRY, row, strict=True))) for row in connection.execute(_ENTRIES)]
        commands = [command_leaf(**dict(zip(_COMMAND, row, strict=True))) for row in connection.execute(_COMMANDS)]
    return _root(entries), _root(commands)


def _root(leaves: Sequence[bytes]) -> bytes:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    found = tree.get_root()
    assert isinstance(found, bytes)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_they_are_those_of_another_implementation_after_each_append(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        for number in range(20):
            store.transact(f"k{number}", appending(f"{MISTRAL}-{number}", *[FLOOR] * (number % 5)))
            assert roots(path) == expected(path), number


def test_commands_that_append_nothing_have_their_leaf(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.transact("a", once("a"))
        store.transact("b", lambda transaction: transaction.keep("b", "f", b"nothing"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT number, key FROM command_nodes").fetchall() == [(1, "a"), (2, "b")]
    assert roots(path) == expected(path)


def test_two_stores_that_take_turns_grow_one_tree(path: Path) -> None:
    with closing(SqliteStore(path)) as first, closing(SqliteStore(path)) as second:
        for number in range(12):
            (first, second)[number % 2 if number < 8 else 0].transact(f"k{number}", once(f"k{number}"))
    assert roots(path) == expected(path)


def test_what_was_undone_leaves_no_leaf(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.transact("a", once("a"))
        with pytest.raises(KeyError, match="changed my mind"):
            store.transact("b", failing)
        store.transact("c", once("c"))
    assert roots(path) == expected(path)


def aged(path: Path) -> None:
    """Make a ledger what an earlier version wrote."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in PROOF_TABLES:
            connection.execute(f"DROP TABLE {statement.split()[2]}")
        connection.execute("PRAGMA user_version = 1")


def test_an_older_ledger_is_read_and_not_written_until_it_is_upgraded(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        for number in range(2100):
            store.submit(f"k{number:04}", once(f"k{number:04}"))
        store.transact("last", once("last"))
        log = list(store.log())
    before = roots(path)
    aged(path)
    with pytest.raises(OlderSchema, match="run lifecycle db upgrade"):
        SqliteStore(path)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert list(store.log()) == log
    told: list[int] = []
    assert upgrade(path, told.append) == (1, 2)
    assert told[-1] == len(log)
    assert len(told) > 1
    assert roots(path)[0] == before[0]
    assert roots(path) == expected(path)
    with closing(SqliteStore(path)) as store:
        store.transact("more", once("more"))
        assert list(store.log())[:-1] == log
    assert roots(path) == expected(path)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.transact("a", once("a"))
    assert upgrade(path) == (2, 2)
    assert roots(path) == expected(path)


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.transact("a", once("a"))
        store.transact("b", once("b"))
    aged(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER ledger_entries_no_delete")
    with pytest.raises(StoreDamaged, match="ledger_entries_no_delete"):
        upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert version == 1
    assert "ledger_nodes" not in names


def test_an_empty_file_is_no_ledger_to_upgrade(path: Path) -> None:
    path.touch()
    with pytest.raises(NotALedger):
        upgrade(path)


def test_a_ledger_whose_nodes_are_lost_takes_no_more(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        for number in range(3):
            store.transact(f"k{number}", once(f"k{number}"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'ledger_nodes_no_delete'").fetchone()
        connection.execute("DROP TRIGGER ledger_nodes_no_delete")
        connection.execute("DELETE FROM ledger_nodes WHERE position = 3")
        connection.execute(text)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreDamaged, match="2 leaves for 3 entries"):
        store.transact("more", once("more"))
