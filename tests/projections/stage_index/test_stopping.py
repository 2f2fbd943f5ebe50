"""An entry that cannot be read stops the index, which then says where, and answers nothing; a fault of the database does not."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.ledger import Ledger
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.store.errors import StoreFailed
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_nodes import read_trees
from domain.subjects import WHOLE, SubjectKey
from projections.stage_index import IndexStopped, StageIndex, Stopped
from tests.ledgers import HandClock, announce, list_model
from tests.spec import KEY, at

SMALL = SubjectKey.parse("azure/mistral-small")
POINT = at("2025-02-01"), at("2025-02-01")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with closing(SqliteStore(path, HandClock())) as store:
        ledger = Ledger(store, "tester", HandClock())
        ledger.execute(list_model())
        ledger.execute(list_model(SMALL))
        yield ledger


def append_raw(path: Path, stream: str, version: int, topic: str, state: bytes = b"{}") -> None:
    """Append past all checks, as another program might."""
    with closing(sqlite3.connect(path)) as connection, connection:
        stored = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
        position = connection.execute(stored, (stream, version, topic, state)).lastrowid or 0
        entry = (position, stream, version, f"2025-03-01T00:00:00.{position:06}Z", "tester")
        connection.execute("INSERT INTO ledger_entries VALUES (?, ?, ?, ?, ?)", entry)
        trees = read_trees(connection.execute, str(path))
        connection.execute("INSERT INTO ledger_nodes VALUES (?, ?)", trees.add_entry(entry, topic, state))


def damage(path: Path, stream: str) -> None:
    """Overwrite the events of a stream, as a broken disk might."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events_no_update'").fetchone()
        connection.execute("DROP TRIGGER stored_events_no_update")
        connection.execute("UPDATE stored_events SET state = '{}' WHERE originator_id = ?", (stream,))
        connection.execute(trigger)


QUESTIONS: dict[str, Callable[[StageIndex], object]] = {
    "stage": lambda index: index.stage(KEY, WHOLE, *POINT),
    "segment": lambda index: index.segment(KEY, WHOLE, *POINT),
    "answer": lambda index: index.answer(Question(KEY, WHOLE, *POINT, index.position, index.recorded_at)),
    "catalog": lambda index: index.catalog(*POINT),
    "models": lambda index: index.models(),
    "entry": lambda index: index.entry(KEY),
    "warm": lambda index: index.warm(0),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_an_index_that_stopped_answers_nothing(ledger: Ledger, path: Path, ask: Callable[[StageIndex], object]) -> None:
    append_raw(path, "model:azure/mistral-large", 2, "RetirementAnnounced.v2")
    index = StageIndex(ledger.store)
    index.refresh()
    with pytest.raises(IndexStopped, match=r"stopped before entry 3\. Entry 3 .*this version does not know"):
        ask(index)


def test_an_unreadable_entry_stops_the_loading_before_it(ledger: Ledger, path: Path) -> None:
    append_raw(path, "source:azure:page", 1, "PageObserved.v1")
    append_raw(path, "model:azure/mistral-large", 2, "RetirementAnnounced.v1", b"not JSON")
    index = StageIndex(ledger.store)
    assert index.refresh(), "what stands before it was taken in"
    assert isinstance(index.stopped, Stopped)
    assert (index.stopped.position, index.position) == (3, 2)
    assert index.head.recorded_at == index.recorded_at is not None


def test_an_unreadable_entry_stops_the_following_before_it(ledger: Ledger, path: Path) -> None:
    index = StageIndex(ledger.store)
    index.refresh()
    ledger.execute(announce(retired="2025-04-15"))
    append_raw(path, "policy:azure", 1, "PolicyAdopted.v9")
    append_raw(path, "policy:azure", 2, "PolicyAdopted.v9")
    assert index.refresh()
    assert index.stopped is not None
    assert (index.stopped.position, index.position, index.segments) == (4, 3, 0)
    assert not index.refresh()


def test_one_that_was_taken_in_by_its_place_alone_stops_it_when_it_is_read(ledger: Ledger, path: Path) -> None:
    append_raw(path, "model:azure/mistral-large", 2, "RetirementAnnounced.v1", b"not JSON")
    index = StageIndex(ledger.store, load_min=0)
    assert index.refresh()
    assert (index.position, index.stopped, len(index.models())) == (3, None, 2)
    assert index.stage(SMALL, WHOLE, *POINT) is not None
    with pytest.raises(IndexStopped, match="Entry 3"):
        index.stage(KEY, WHOLE, *POINT)
    assert index.stopped is not None
    assert (index.stopped.position, index.position) == (3, 3)


def test_rules_that_cannot_be_read_stop_it_even_then(ledger: Ledger, path: Path) -> None:
    append_raw(path, "source:azure:page", 1, "PageObserved.v1")
    append_raw(path, "policy:azure", 1, "PolicyAdopted.v9")
    index = StageIndex(ledger.store, load_min=0)
    index.refresh()
    assert index.stopped is not None
    assert (index.stopped.position, index.position) == (4, 3)


def test_a_stream_that_names_no_model_stops_it(ledger: Ledger, path: Path) -> None:
    (entry,) = ledger.store.log(1)
    state = entry.event.model_dump_json().encode()
    append_raw(path, "model:nothing", 1, "ModelListed.v1", state)
    index = StageIndex(ledger.store)
    index.refresh()
    assert index.stopped is not None
    assert (index.stopped.position, index.position) == (3, 2)
    assert "write it as catalog/model" in index.stopped.reason


@pytest.mark.usefixtures("ledger")
def test_an_entry_that_was_damaged_since_stops_it_when_it_is_read_again(path: Path) -> None:
    with closing(SqliteStore(path, HandClock())) as fresh:
        index = StageIndex(fresh)
        index.refresh()
        damage(path, "model:azure/mistral-small")
        assert index.stage(KEY, WHOLE, *POINT) is not None
        with pytest.raises(IndexStopped, match="Entry 2"):
            index.stage(SMALL, WHOLE, *POINT)
    assert index.stopped is not None
    assert (index.stopped.position, index.position) == (2, 2)
    with pytest.raises(IndexStopped):
        index.stage(KEY, WHOLE, *POINT)


class FailingStore(SqliteStore):
    """A store whose database fails after a number of reads of the log."""

    entries_until_fault = 1

    def log(self, after: int = 0, upto: int | None = None, stream_prefix: str = "") -> Iterator[Recorded]:
        for entry in super().log(after, upto, stream_prefix):
            if self.entries_until_fault == 0:
                raise StoreFailed("ledger.db", "disk I/O error")
            self.entries_until_fault -= 1
            yield entry


def test_a_fault_of_the_database_stops_nothing(ledger: Ledger, path: Path) -> None:
    with closing(FailingStore(path, HandClock())) as store:
        index = StageIndex(store)
        with pytest.raises(StoreFailed):
            index.refresh()
        assert (index.stopped, index.models()) == (None, (KEY,)), "it goes on from where it got to"
        store.entries_until_fault = -1
        assert index.refresh()
        assert (index.head, index.models()) == (ledger.store.head(), (KEY, SMALL))
