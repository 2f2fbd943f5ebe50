"""What the writer remembers is never older than what it holds the lock on: other processes, bounds, damage, and lost commits."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domain.events import Event
from domain.store import sqlite_database
from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from domain.store.writer_memory import WriterMemory
from tests.controls import CONTROLS

EVENT: Event = CONTROLS["RetirementAnnounced.v1"]
STREAM, OTHER = "model:azure/mistral-large", "model:azure/other"


def append(store: SqliteStore, stream: str, count: int = 1) -> list[int]:
    """Append to the end of a stream, wherever the store says that is; return the versions."""

    def work(transaction: Transaction) -> list[int]:
        after = len(transaction.history(stream))
        return [entry.version for entry in transaction.append(stream, [EVENT] * count, after=after, actor="tester")]

    return store.transact(f"{stream}-{count}-{store.head().position}", work)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.mark.parametrize("elsewhere", [1, 3, 8])
def test_what_another_store_appended_is_taken_in(path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: int) -> None:
    monkeypatch.setattr(sqlite_database, "CATCH_UP_MAX", 5)
    with closing(SqliteStore(path)) as store, closing(SqliteStore(path)) as other:
        assert append(store, STREAM, 2) == [1, 2]
        append(other, OTHER)
        assert append(other, STREAM, elsewhere)[-1] == 2 + elsewhere
        assert append(store, STREAM) == [3 + elsewhere]
        assert append(store, OTHER) == [2]


def test_a_damaged_event_elsewhere_does_not_stop_the_writer(path: Path) -> None:
    with closing(SqliteStore(path)) as store, closing(SqliteStore(path)) as other:
        append(store, STREAM)
        append(other, OTHER)
        with closing(sqlite3.connect(path)) as plain, plain:
            (trigger,) = plain.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events_no_update'").fetchone()
            plain.execute("DROP TRIGGER stored_events_no_update")
            plain.execute("UPDATE stored_events SET state = 'damaged' WHERE originator_id = ?", (OTHER,))
            plain.execute(trigger)
        assert append(store, STREAM) == [2]


class LosingStore(SqliteStore):
    """The answer to the next COMMIT is lost."""

    lose_next = False

    def _commit(self, connection: sqlite3.Connection) -> None:
        super()._commit(connection)
        if self.lose_next:
            self.lose_next = False
            raise sqlite3.OperationalError("the answer was lost")


def test_a_lost_answer_leaves_nothing_wrong_in_memory(path: Path) -> None:
    with closing(LosingStore(path)) as store:
        append(store, STREAM)
        store.lose_next = True
        kept: list[Any] = []

        def work(transaction: Transaction) -> bytes:
            if found := transaction.kept("once"):
                return found.answer
            after = len(transaction.history(STREAM))
            transaction.append(STREAM, [EVENT], after=after, actor="tester")
            transaction.keep("once", "fingerprint", b"first")
            kept.append(after)
            return b"first"

        assert store.transact("once", work) == b"first"
        assert kept == [1]
        assert append(store, STREAM) == [3]


def test_it_is_bounded_and_the_least_recently_used_goes_first() -> None:
    memory = WriterMemory(streams_max=2)
    memory.put("a", ())
    memory.put("b", ())
    assert memory.get("a") == ()
    memory.put("c", ())
    assert [memory.get(name) for name in "abc"] == [(), None, ()]
