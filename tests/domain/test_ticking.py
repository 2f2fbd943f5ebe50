"""The ledger's own clock: what is due is recorded once, and what is due no longer is left."""

from collections.abc import Iterator

import pytest

from domain.due import due_stages
from domain.events import StageEntered
from domain.ledger import Ledger
from domain.model import fold
from domain.stages import Stage
from domain.streams import model_stream
from domain.ticking import record_due
from tests.ledgers import HandClock, announce, ledger_in_memory, list_model
from tests.spec import KEY


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with ledger_in_memory(HandClock("2025-02-01T12:00:00Z")) as opened:
        opened.execute(list_model())
        opened.execute(announce(legacy="2024-12-15", deprecated="2025-01-15", retired="2025-04-15"))
        yield opened


def test_what_has_passed_is_recorded_with_its_own_time(ledger: Ledger) -> None:
    done = list(record_due(ledger, ledger.models()))
    assert [(command.stage, receipt.position) for command, receipt in done] == [(Stage.LEGACY, 3), (Stage.DEPRECATED, 4)]
    assert [entry.event.stage for entry in ledger.store.log() if isinstance(entry.event, StageEntered)] == [Stage.LEGACY, Stage.DEPRECATED]


def test_a_second_time_there_is_nothing(ledger: Ledger) -> None:
    list(record_due(ledger, ledger.models()))
    assert list(record_due(ledger, ledger.models())) == []


def test_a_model_that_nobody_lists_has_nothing_due(ledger: Ledger) -> None:
    assert list(record_due(ledger, [])) == []


def test_another_clock_that_was_faster_is_told_nothing_new(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    due = list(due_stages(fold(KEY, ledger.store.history(model_stream(KEY))), ledger.now()))
    list(record_due(ledger, [KEY]))
    monkeypatch.setattr("domain.ticking.due_stages", lambda *_: iter(due))
    assert list(record_due(ledger, [KEY])) == []


def test_a_date_that_somebody_moved_meanwhile_is_left(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    due = list(due_stages(fold(KEY, ledger.store.history(model_stream(KEY))), ledger.now()))
    ledger.execute(announce(legacy="2025-03-01", deprecated="2025-06-01", retired="2025-10-01", announced_at="2025-01-30"))
    monkeypatch.setattr("domain.ticking.due_stages", lambda *_: iter(due))
    assert list(record_due(ledger, [KEY])) == []
    assert ledger.store.head().position == 3
