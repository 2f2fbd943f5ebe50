"""Views that follow the log: whatever the batches, whoever follows, and whatever cannot be taken in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.due import due_stages
from domain.events import Basis
from domain.model import fold
from domain.stages import Stage
from domain.store.errors import StoreLocked
from domain.streams import model_stream, source_stream
from domain.subjects import SubjectKey
from projections.tables import checkpoints, current_stage, follow, rebuild, upcoming
from projections.tables import views as views_module
from projections.tables.columns import Row
from projections.tables.errors import RebuildOvertaken, ViewsFailed
from projections.tables.subject import Subject
from projections.tables.view import View
from projections.tables.views import MODEL_VIEWS, VIEWS, Views, views_path
from tests.controls import CONTROLS
from tests.projections.tables.logs import MODELS, Log, Said, damage, digests, mixed_logs, of_models, opened, positions, rows
from tests.spec import announced, entered, listed

THOROUGH = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
LISTED = listed(since="2024-01-01")
A, B = (SubjectKey("azure", name) for name in "ab")


def say(log: Log, key: SubjectKey, *said: Any) -> None:
    for event in said:
        log.take(model_stream(key), event.model_copy(update={"key": key}))


def followed(views: Views, log: Log, batch_entries: int) -> None:
    for view in VIEWS:
        follow.follow(views._database, follow.own(view), log.store, batch_entries)


@THOROUGH
@given(mixed_logs(), st.data())
def test_views_that_followed_are_those_that_were_rebuilt_whatever_the_batches(said: Sequence[Said], data: st.DataObject) -> None:
    with opened() as log, Views.open(None) as following, Views.open(None) as rebuilt:
        for one in said:
            log.append(one)
            if data.draw(st.booleans()):
                followed(following, log, data.draw(st.integers(1, 4)))
                rebuilt.rebuild(log.store)
                assert digests(following) == digests(rebuilt)
                assert following.states(log.head) == rebuilt.states(log.head)
        following.catch_up(log.store)
        rebuilt.rebuild(log.store)
        assert digests(following) == digests(rebuilt)
        assert positions(following, log.head) == [(log.head, None)] * 2
        assert not following.catch_up(log.store)
        at_the_end = datetime(2030, 1, 1, tzinfo=UTC)
        models = [(key, fold(key, log.store.history(model_stream(key)))) for key in sorted(MODELS)]
        assert following.due(at_the_end) == [key for key, model in models if list(due_stages(model, at_the_end))]


def test_a_model_is_due_from_the_instant_of_its_date_until_that_is_recorded(log: Log, views: Views) -> None:
    say(log, B, LISTED, announced(legacy="2024-07-01"))
    say(log, A, LISTED, announced(legacy="2024-07-01", retired="2024-07-01"))
    views.catch_up(log.store)
    day = datetime(2024, 7, 1, tzinfo=UTC)
    assert views.due(day - timedelta(microseconds=1)) == []
    assert views.due(day) == [A, B]
    say(log, B, entered(Stage.LEGACY, "2024-07-01", basis=Basis.SCHEDULE))
    assert views.catch_up(log.store)
    assert views.due(day) == [A]


def test_entries_about_something_else_only_move_the_checkpoint(log: Log, views: Views) -> None:
    say(log, A, LISTED)
    views.catch_up(log.store)
    before = digests(views)
    log.take(source_stream("azure", "page"), CONTROLS["PageObserved.v1"])
    assert [state.lag for state in views.states(log.head)] == [1] * len(VIEWS)
    assert views.catch_up(log.store)
    assert (positions(views, log.head), digests(views)) == ([(2, None)] * 2, before)
    assert [state.lag for state in views.states(log.head)] == [0] * len(VIEWS)


def test_an_unreadable_entry_about_something_else_stops_no_view(ledger_path: Path, log: Log, views: Views) -> None:
    log.take(source_stream("azure", "page"), CONTROLS["PageObserved.v1"])
    damage(ledger_path, 1)
    say(log, A, LISTED)
    views.catch_up(log.store)
    assert positions(views, log.head) == [(2, None)] * 2


def test_views_in_memory_are_the_same(log: Log, views: Views) -> None:
    say(log, A, LISTED, announced(legacy="2024-07-01"))
    with Views.open(None) as others:
        assert others.catch_up(log.store)
        assert views.catch_up(log.store)
        assert digests(others) == digests(views)


# Rows and checkpoint together.


@pytest.mark.parametrize("place", ["write_rows", "checkpoints.write"])
def test_rows_and_checkpoint_are_written_together_or_not_at_all(log: Log, views: Views, place: str) -> None:
    say(log, A, LISTED)
    views.catch_up(log.store)
    before = digests(views)
    say(log, A, announced(legacy="2024-07-01"))
    with patch(f"projections.tables.follow.{place}", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        views.catch_up(log.store)
    assert (positions(views, log.head), digests(views)) == ([(1, None)] * 2, before)
    views.catch_up(log.store)
    assert positions(views, log.head) == [(2, None)] * 2
    with Views.open(None) as others:
        others.catch_up(log.store)
        assert digests(others) == digests(views)


# Two followers.


def test_a_follower_that_was_overtaken_looks_again(log: Log, views: Views, path: Path) -> None:
    say(log, A, LISTED)
    write = follow._write
    with Views.open(path) as other:

        def overtaken(*arguments: Any) -> bool:
            say(log, A, announced(legacy="2024-07-01"))
            with patch("projections.tables.follow._write", write):
                other.catch_up(log.store)
            return write(*arguments)

        calls = iter([overtaken])
        with patch("projections.tables.follow._write", side_effect=lambda *given: next(calls, write)(*given)):  # noqa: PLW0108  # another one each time
            views.catch_up(log.store)
    assert positions(views, log.head) == [(2, None)] * 2
    with Views.open(None) as rebuilt:
        rebuilt.rebuild(log.store)
        assert digests(rebuilt) == digests(views)


def test_two_followers_take_turns(log: Log, views: Views, path: Path) -> None:
    with Views.open(path) as other:
        for number in range(6):
            say(log, A, announced("2024-03-01", legacy=f"2024-07-0{number + 1}"))
            assert (views, other)[number % 2].catch_up(log.store)
        assert positions(views, log.head) == [(6, None)] * 2


# What cannot be taken in.


def test_an_unreadable_entry_stops_the_views_before_it(ledger_path: Path, log: Log, path: Path) -> None:
    say(log, A, LISTED)
    say(log, B, LISTED)
    say(log, A, announced(legacy="2024-07-01"))
    say(log, B, announced(legacy="2024-08-01"))
    before = damage(ledger_path, 3)
    with Views.open(path) as views:
        assert views.catch_up(log.store)
        assert positions(views, log.head) == [(2, 3)] * 2
        assert all("Entry 3" in str(state.reason) for state in of_models(views, log.head))
        assert rows(path, "SELECT model, position FROM current_stage") == [("a", 1), ("b", 2)]
        damage(ledger_path, 3, before)
        assert not views.catch_up(log.store)
        assert positions(views, log.head) == [(2, 3)] * 2
    with Views.open(path) as views:
        assert views.catch_up(log.store)
        assert positions(views, log.head) == [(4, None)] * 2


def test_a_view_that_has_stopped_is_tried_once_each_time_it_is_opened(ledger_path: Path, log: Log, path: Path) -> None:
    say(log, A, LISTED)
    damage(ledger_path, 1)
    for others_moved in (True, False):
        with Views.open(path) as views:
            with patch("projections.tables.views.follow", wraps=follow.follow) as tried:
                assert [views.catch_up(log.store) for _ in range(3)] == [others_moved, False, False]
            assert tried.call_count == len(VIEWS)
            assert positions(views, log.head) == [(0, 1)] * 2


def test_an_entry_that_was_damaged_after_it_was_taken_in_stops_a_view_before_the_next_of_its_model(
    ledger_path: Path, log: Log, path: Path
) -> None:
    say(log, A, LISTED)
    say(log, B, LISTED)
    with Views.open(path) as views:
        views.catch_up(log.store)
    damage(ledger_path, 1)
    say(log, B, announced(legacy="2024-07-01"))
    say(log, A, announced(legacy="2024-07-01"))
    with opened(ledger_path) as fresh, Views.open(path) as views:
        views.catch_up(fresh.store)
        assert positions(views, fresh.head) == [(3, 1)] * 2


class Failing:
    """A view's rows, of which those about one model fail from its second entry on."""

    def __init__(self, view: View, entries_max: int = 1) -> None:
        self.rows, self.entries_max = view.rows, entries_max

    def __call__(self, subject: Subject) -> Sequence[Row]:
        if subject.key == A and len(subject.history) > self.entries_max:
            raise ZeroDivisionError("no rule for this")
        return self.rows(subject)


def with_failing(view: View, entries_max: int = 1) -> Any:
    broken = View(view.table, Failing(view, entries_max), view.now)
    return patch.object(views_module, "VIEWS", [broken if one is view else one for one in VIEWS])


@pytest.mark.parametrize("view", MODEL_VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize("way", ["catch_up", "rebuild"])
def test_a_view_whose_rules_fail_stops_and_the_others_go_on(log: Log, views: Views, path: Path, view: View, way: str) -> None:
    say(log, A, LISTED)
    say(log, B, LISTED)
    say(log, A, announced(legacy="2024-07-01"), announced(legacy="2024-07-02"))
    say(log, B, announced(legacy="2024-08-01"))
    with with_failing(view):
        getattr(views, way)(log.store)
        states = {state.name: state for state in views.states(log.head)}
        others = [one for one in VIEWS if one is not view]
        assert (states[view.name].position, states[view.name].stopped_at, states[view.name].lag) == (2, 3, 3)
        assert states[view.name].reason == "The rules fail on model:azure/a with entry 3: ZeroDivisionError: no rule for this."
        assert {(states[other.name].position, states[other.name].stopped_at) for other in others} == {(5, None)}
    assert rows(path, "SELECT max(position) FROM current_stage") == [(2 if view is current_stage.VIEW else 5,)]
    views.rebuild(log.store)
    assert positions(views, log.head) == [(5, None)] * 2


def test_the_last_entry_of_a_model_can_be_the_one_that_fails(log: Log, views: Views) -> None:
    say(log, A, LISTED)
    views.catch_up(log.store)
    say(log, A, announced(legacy="2024-07-01"), announced(legacy="2024-07-02"))
    with with_failing(upcoming.VIEW, entries_max=2):
        views.catch_up(log.store)
        assert positions(views, log.head) == [(3, None), (2, 3)]


def test_a_database_that_fails_is_no_poison(log: Log, views: Views) -> None:
    say(log, A, LISTED)
    with patch.object(log.store, "log", side_effect=StoreLocked("ledger.db")), pytest.raises(StoreLocked):
        views.catch_up(log.store)
    assert positions(views, log.head) == [(0, None)] * 2
    with views._database.writing() as connection:
        connection.exec_driver_sql("DROP VIEW upcoming_now")
        connection.exec_driver_sql("DROP TABLE upcoming")
    with pytest.raises(ViewsFailed, match="delete it"):
        views.catch_up(log.store)


# Another log, and a long one.


def test_views_of_another_log_are_left_and_begun_again(log: Log, views: Views, tmp_path: Path) -> None:
    say(log, A, LISTED, announced(legacy="2024-07-01"))
    views.catch_up(log.store)
    with opened(tmp_path / "older.db") as older, Views.open(views._database._path) as again:
        say(older, B, LISTED)
        assert again.catch_up(older.store)
        assert positions(again, older.head) == [(1, None)] * 2
        assert rows(views_path(tmp_path / "ledger.db"), "SELECT model FROM current_stage") == [("b",)]


def test_a_log_of_the_same_length_that_is_another_one_is_noticed(log: Log, path: Path, tmp_path: Path) -> None:
    say(log, A, LISTED)
    with Views.open(path) as views:
        views.catch_up(log.store)
    with opened(tmp_path / "other.db") as other, Views.open(path) as views:
        other.store._writer._clock.advance(seconds=1)  # type: ignore[union-attr]  # it is the clock of a test
        say(other, B, LISTED)
        views.catch_up(other.store)
        assert rows(path, "SELECT model FROM current_stage") == [("b",)]


def test_two_who_leave_another_log_do_so_once(log: Log, views: Views) -> None:
    say(log, A, LISTED)
    views.catch_up(log.store)
    before = digests(views)
    for view in VIEWS:
        follow.begin_again(views._database, follow.own(view), checkpoints.Checkpoint(position=7))
    assert digests(views) == before


def test_a_view_that_is_a_little_behind_is_not_built_anew(log: Log, views: Views, path: Path) -> None:
    say(log, A, *[announced(legacy="2024-07-01")] * 20)
    views.catch_up(log.store)
    say(log, A, LISTED, LISTED)
    with patch.object(views_module, "BEHIND_MAX", 1), patch.object(views_module, "rebuild") as rebuilds, Views.open(path) as late:
        assert late.catch_up(log.store)
    assert rebuilds.call_count == 0
    assert positions(views, log.head) == [(22, None)] * 2


@pytest.mark.parametrize("overtaken", [False, True])
def test_a_view_that_is_far_behind_is_built_anew(log: Log, views: Views, *, overtaken: bool) -> None:
    say(log, A, LISTED, announced(legacy="2024-07-01"))
    faults: dict[str, Any] = {"side_effect": RebuildOvertaken("ledger.views.db")} if overtaken else {"wraps": rebuild.rebuild}
    with patch.object(views_module, "BEHIND_MAX", 1), patch.object(views_module, "rebuild", **faults) as rebuilds:
        assert views.catch_up(log.store)
        assert not views.catch_up(log.store)
    assert rebuilds.call_count == 1
    assert positions(views, log.head) == [(2, None)] * 2
