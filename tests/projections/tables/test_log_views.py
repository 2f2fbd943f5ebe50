"""Views that grow with the log keep what the others keep: rows and checkpoint together, nothing skipped, one digest for one log."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.directory.events import OptedOut
from domain.events import Event
from domain.notices.events import Result
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream, person_stream, source_stream
from projections.directory.view import ROLES
from projections.directory.view import VIEW as DIRECTORY
from projections.notices.view import VIEW as NOTICES
from projections.tables import follow, log_step, rebuild
from projections.tables import views as views_module
from projections.tables.log_view import LogView
from projections.tables.step import write_rows
from projections.tables.views import VIEWS, Views
from tests.controls import CONTROLS
from tests.projections.directory.histories import START, AnyEvent, histories, stream_of
from tests.projections.notices.histories import MODELS, Story, outcome, person, stories
from tests.projections.tables.logs import Log, damage, digests, opened, rows

ROOT = Path(__file__).parents[3]
THOROUGH = settings(phases=[Phase.explicit, Phase.generate], max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
GROWING = (DIRECTORY, NOTICES)

Said = tuple[str, Event]


def say(log: Log, said: Sequence[Said]) -> None:
    for stream, event in said:
        log.take(stream, event)


def out(who: str) -> Said:
    return person_stream(who), OptedOut(person=who, seen_at=START)


def standing(views: Views, name: str, head: int) -> tuple[int, int | None]:
    (state,) = (state for state in views.states(head) if state.name == name)
    return state.position, state.stopped_at


def wishes(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT person FROM directory_wishes ORDER BY from_position")


@pytest.fixture
def told(log: Log) -> Log:
    """A run of three people, told and closed; they are in no directory."""
    story = Story()
    run = story.open(MODELS[0], None, None)
    story.audience(run, [person("ann"), person("bob"), person("cho")], complete=True)
    story.deliver(run, *(outcome(number, Result.ACCEPTED) for number in (1, 2, 3)))
    story.acknowledge(run, 2)
    story.close(run)
    say(log, [(entry.stream, entry.event) for entry in story.entries])
    return log


@THOROUGH
@given(histories(), stories(), st.data())
def test_what_followed_is_what_was_built_anew_whatever_the_batches(directory: list[AnyEvent], story: Story, data: st.DataObject) -> None:
    said = [(entry.stream, entry.event) for entry in story.entries]  # Runs first: they are named by their positions.
    said += [(stream_of(event), event) for event in directory]
    limits = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5)), data.draw(st.integers(1, 9))
    with opened() as log, Views.open(None) as following, Views.open(None) as rebuilt:
        for one in said:
            say(log, [one])
            if data.draw(st.booleans()):
                with patch.object(log_step, "BATCH_ROWS", limits[1]), patch.object(log_step, "LOOK_ENTRIES", limits[2]):
                    for view in GROWING:
                        follow.follow(following._database, follow.own(view), log.store, limits[0])
        following.catch_up(log.store)
        rebuilt.rebuild(log.store)
        assert digests(following) == digests(rebuilt)
        assert following.states(log.head) == rebuilt.states(log.head)


def test_a_batch_ends_with_the_entry_that_fills_it(told: Log, views: Views) -> None:
    reached: list[int] = []
    with patch.object(log_step, "BATCH_ROWS", 8):
        follow.follow(views._database, follow.own(NOTICES), told.store, reached=reached.append)
    assert reached == [2, 5]


def test_a_long_stretch_of_other_entries_is_passed_piece_by_piece(log: Log, views: Views) -> None:
    say(log, [(source_stream("azure", "page"), CONTROLS["PageObserved.v1"])] * 5)
    say(log, [out("ann")])
    reached: list[int] = []
    with patch.object(log_step, "LOOK_ENTRIES", 2):
        follow.follow(views._database, follow.own(DIRECTORY), log.store, reached=reached.append)
    assert reached == [2, 4, 6]


@pytest.mark.parametrize("place", ["write_rows", "checkpoints.write"])
def test_rows_and_checkpoint_are_written_together_or_not_at_all(told: Log, views: Views, place: str) -> None:
    before = views.digest("notices")
    with patch(f"projections.tables.follow.{place}", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        follow.follow(views._database, follow.own(NOTICES), told.store)
    assert (standing(views, "notices", told.head), views.digest("notices")) == ((0, None), before)


def test_a_follower_that_was_overtaken_looks_again(told: Log, views: Views, path: Path) -> None:
    write = follow._write
    with Views.open(path) as other:

        def overtaken(*arguments: Any) -> bool:
            with patch("projections.tables.follow._write", write):
                follow.follow(other._database, follow.own(NOTICES), told.store, 2)
            return write(*arguments)

        calls = iter([overtaken])
        with patch("projections.tables.follow._write", side_effect=lambda *given: next(calls, write)(*given)):  # noqa: PLW0108  # another one each time
            follow.follow(views._database, follow.own(NOTICES), told.store, 2)
    with Views.open(None) as rebuilt:
        rebuilt.rebuild(told.store)
        assert rebuilt.digest("notices") == views.digest("notices")


def test_a_follower_that_is_killed_leaves_a_true_checkpoint(told: Log, views: Views, ledger_path: Path, path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from domain.store.sqlite import SqliteStore
from projections.tables import checkpoints, follow
from projections.tables.views import Views
from projections.notices.view import VIEW
write = checkpoints.write
def once(connection, name, reached):
    write(connection, name, reached)
    if reached.position == 4:
        print("written", flush=True)
        sys.stdin.read()
checkpoints.write = once
follow.follow(Views.open(Path({str(path)!r}))._database, follow.own(VIEW), SqliteStore({str(ledger_path)!r}, read_only=True), 2)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert standing(views, "notices", told.head) == (2, None)
    views.catch_up(told.store)
    followed = views.digest("notices")
    views.rebuild(told.store)
    assert views.digest("notices") == followed


# What cannot be taken in.


def test_an_unreadable_entry_stops_its_view_alone_and_before_it(ledger_path: Path, log: Log, path: Path) -> None:
    say(log, [out("ann"), (model_stream(MODELS[0]), CONTROLS["ModelListed.v1"]), out("bob"), out("cho")])
    before = damage(ledger_path, 3)
    for _ in range(2):
        with closing(SqliteStore(ledger_path, read_only=True)) as store, Views.open(path) as views:
            views.catch_up(store)
            assert standing(views, "directory", 4) == (2, 3)
            assert {(at.position, at.stopped_at) for at in views.states(4) if at.name != "directory"} == {(4, None)}
            assert wishes(path) == [("ann",)]
            views.rebuild(store)
    damage(ledger_path, 3, before)
    with closing(SqliteStore(ledger_path, read_only=True)) as store, Views.open(path) as views:
        views.catch_up(store)
        assert standing(views, "directory", 4) == (4, None)
        assert wishes(path) == [("ann",), ("bob",), ("cho",)]


def test_an_unreadable_entry_of_one_stream_does_not_hide_those_before_it_of_others(ledger_path: Path, log: Log, views: Views) -> None:
    assigned = CONTROLS["RoleAssigned.v1"]
    say(log, [out("ann"), (stream_of(assigned), assigned), out("bob")])  # type: ignore[arg-type]  # an event of a directory
    damage(ledger_path, 3)
    views.catch_up(log.store)
    assert standing(views, "directory", 3) == (2, 3)
    assert views.count("directory") == 2


@pytest.mark.parametrize("way", ["catch_up", "rebuild"])
def test_an_entry_whose_rows_cannot_be_made_stops_its_view_before_it(log: Log, views: Views, path: Path, way: str) -> None:
    def failing(entry: Any) -> Any:
        if entry.position == 2:
            raise ZeroDivisionError("no rule for this")
        return DIRECTORY.changes(entry)

    broken = LogView(DIRECTORY.name, DIRECTORY.tables, DIRECTORY.prefixes, DIRECTORY.writes, failing)
    say(log, [out("ann"), out("bob"), out("cho")])
    with patch.object(views_module, "VIEWS", [broken if view is DIRECTORY else view for view in VIEWS]):
        getattr(views, way)(log.store)
        (state,) = (state for state in views.states(3) if state.name == "directory")
    assert (state.position, state.stopped_at, wishes(path)) == (1, 2, [("ann",)])
    assert state.reason == "Entry 2 of person:bob cannot be taken in: ZeroDivisionError: no rule for this."
    views.rebuild(log.store)
    assert standing(views, "directory", 3) == (3, None)


@pytest.mark.parametrize("way", ["catch_up", "rebuild"])
def test_an_entry_whose_rows_are_there_already_stops_its_view_before_it(told: Log, views: Views, way: str) -> None:
    audience = told.store.history(told.store.streams("notice:")[0])[1]
    say(told, [(audience.stream, audience.event), out("ann")])
    getattr(views, way)(told.store)
    (state,) = (state for state in views.states(told.head) if state.name == "notices")
    assert (state.position, state.stopped_at) == (5, 6)
    assert str(state.reason).startswith("The rows of entry 6 are refused: UNIQUE constraint failed: notice_members")
    assert standing(views, "directory", told.head) == (7, None)


# Another log, and a rebuild.


def test_a_log_of_the_same_length_that_is_another_one_is_noticed_even_by_a_view_that_found_nothing(
    log: Log, path: Path, tmp_path: Path
) -> None:
    say(log, [(source_stream("azure", "page"), CONTROLS["PageObserved.v1"])])
    with Views.open(path) as views:
        views.catch_up(log.store)
    with opened(tmp_path / "other.db") as other, Views.open(path) as views:
        other.store._writer._clock.advance(seconds=1)  # type: ignore[union-attr]  # it is the clock of a test
        say(other, [out("ann")])
        views.catch_up(other.store)
        assert wishes(path) == [("ann",)]


def test_a_rebuild_catches_up_with_a_follower_before_it_takes_its_place(told: Log, views: Views, path: Path) -> None:
    swap, waiting = rebuild._put_in_place, ["dan"]
    with Views.open(path) as follower:

        def later(*arguments: Any) -> bool:
            if waiting:
                say(told, [out(waiting.pop())])
                follower.catch_up(told.store)
            return swap(*arguments)

        with patch.object(rebuild, "_put_in_place", later):
            views.rebuild(told.store)
        assert wishes(path) == [("dan",)]
        say(told, [out("eve")])
        assert follower.catch_up(told.store)
        assert wishes(path) == [("dan",), ("eve",)]


def test_a_rebuild_tells_one_progress_for_all_its_readings(told: Log, views: Views) -> None:
    heard: list[tuple[int, int]] = []
    views.rebuild(told.store, lambda read, of: heard.append((read, of)))
    assert heard == sorted(heard)
    assert (heard[-1], len(heard)) == ((5, 5), 1 + len(GROWING))


def test_many_rows_are_the_rows_that_were_given(views: Views) -> None:
    given_rows = [("s", f"{number:04}", "r", "", "user", "root", number, None, "a", None) for number in range(1003)]
    with views._database.writing() as connection:
        write_rows(connection, ROLES.insert(), given_rows)  # type: ignore[arg-type]  # rows of texts and numbers
        found = connection.execute(ROLES.select().order_by(ROLES.c.principal)).all()
    assert [tuple(row) for row in found] == given_rows
