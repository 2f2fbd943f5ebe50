"""Views that are built anew: nobody sees the building, whatever happens meanwhile."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from domain.store.sqlite import SqliteStore
from domain.streams import model_stream
from domain.subjects import SubjectKey
from projections.tables import model_filling, rebuild, schema
from projections.tables.errors import RebuildOvertaken, ViewsFailed
from projections.tables.views import VIEWS, Views
from tests.projections.tables.logs import Log, damage, digests, opened, positions, rows
from tests.spec import announced, listed

ROOT = Path(__file__).parents[3]
LISTED = listed(since="2024-01-01")
A, B, C = (SubjectKey("azure", name) for name in "abc")
TABLES = sorted([*(table.name for view in VIEWS for table in view.tables), "view_checkpoints"])


def say(log: Log, key: SubjectKey, *said: Any) -> None:
    for event in said:
        log.take(model_stream(key), event.model_copy(update={"key": key}))


def names(path: Path) -> list[object]:
    return [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


@pytest.fixture
def filled(log: Log, views: Views) -> Log:
    for key in (A, B, C):
        say(log, key, LISTED, announced(legacy="2024-07-01", retired="2999-01-01"))
    views.catch_up(log.store)
    return log


def test_a_rebuild_leaves_what_was_there_and_nothing_beside_it(filled: Log, views: Views, path: Path) -> None:
    before, made = digests(views), sorted(rows(path, "SELECT type, name, sql FROM sqlite_master WHERE type != 'table'"), key=str)
    views.rebuild(filled.store)
    assert digests(views) == before
    assert names(path) == TABLES
    assert sorted(rows(path, "SELECT type, name, sql FROM sqlite_master WHERE type != 'table'"), key=str) == made
    assert rows(path, "SELECT view, position FROM view_checkpoints ORDER BY view") == [(name, 6) for name in sorted(v.name for v in VIEWS)]


def test_the_sql_views_tell_what_holds_now_and_what_is_ahead(filled: Log, views: Views, path: Path) -> None:
    for _ in range(2):
        assert rows(path, "SELECT model, stage FROM current_stage_now") == [("a", "legacy"), ("b", "legacy"), ("c", "legacy")]
        assert rows(path, "SELECT model, stage, firm FROM upcoming_now") == [(name, "retired", 1) for name in "abc"]
        views.rebuild(filled.store)


def test_rows_that_somebody_changed_are_put_right(filled: Log, views: Views, path: Path) -> None:
    before = digests(views)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE current_stage SET stage = 'preview'")
        connection.execute("DELETE FROM upcoming")
    assert digests(views)[0] != before[0]
    views.rebuild(filled.store)
    assert digests(views) == before


def test_progress_is_told_up_to_the_end(filled: Log, views: Views) -> None:
    told: list[tuple[int, int]] = []
    with patch.object(model_filling, "FLUSH_ROWS", 1):
        views.rebuild(filled.store, lambda read, of: told.append((read, of)))
    assert told == sorted(told)
    assert told[-1] == (6, 6)
    assert len(told) > len(VIEWS)


def test_an_empty_log_is_built_too(log: Log, views: Views) -> None:
    views.rebuild(log.store)
    assert positions(views, 0) == [(0, None)] * 2
    assert [views.count(view.name) for view in VIEWS] == [0] * len(VIEWS)


# Readers and followers meanwhile.


def meanwhile(act: Any) -> Any:
    """Let something happen just before the tables are swapped, once."""
    swap, waiting = rebuild._put_in_place, [act]

    def acting(*arguments: Any) -> bool:
        if waiting:
            waiting.pop()()
        return swap(*arguments)

    return patch.object(rebuild, "_put_in_place", acting)


def test_a_reader_sees_old_or_new_and_never_a_mixture(filled: Log, views: Views, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        old = reader.execute("SELECT * FROM current_stage").fetchall()
        say(filled, A, announced("2024-03-01", legacy="2024-08-01"))
        with meanwhile(lambda: None):
            views.rebuild(filled.store)
        assert reader.execute("SELECT * FROM current_stage").fetchall() == old
        assert reader.execute("SELECT * FROM current_stage_now").fetchall()
        reader.execute("COMMIT")
        assert reader.execute("SELECT max(position) FROM current_stage").fetchone() == (7,)


def test_the_old_rows_are_read_while_new_ones_are_built(filled: Log, views: Views, path: Path) -> None:
    before = digests(views)
    seen: list[list[str]] = []
    with meanwhile(lambda: seen.append(digests(views))):
        views.rebuild(filled.store)
    assert seen == [before]
    assert names(path) == TABLES


def test_a_rebuild_catches_up_with_a_follower_before_it_takes_its_place(filled: Log, views: Views, path: Path) -> None:
    with Views.open(path) as follower:

        def go_on() -> None:
            say(filled, B, announced("2024-03-01", legacy="2024-08-01"))
            follower.catch_up(filled.store)

        with meanwhile(go_on):
            views.rebuild(filled.store)
        assert positions(views, filled.head) == [(7, None)] * 2
        say(filled, C, announced("2024-03-01", legacy="2024-08-01"))
        assert follower.catch_up(filled.store)
    following = digests(views)
    views.rebuild(filled.store)
    assert digests(views) == following


@pytest.mark.usefixtures("filled")
def test_a_table_that_follows_another_log_is_no_reason_to_wait(views: Views, tmp_path: Path) -> None:
    with opened(tmp_path / "older.db") as older:
        say(older, B, LISTED)
        views.rebuild(older.store)
        assert positions(views, older.head) == [(1, None)] * 2


# Interrupted, and two at once.


def test_what_an_interrupted_rebuild_left_is_dropped_by_the_next(filled: Log, views: Views, path: Path) -> None:
    before = digests(views)
    with patch.object(rebuild, "_put_in_place", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        views.rebuild(filled.store)
    assert len(names(path)) == len(TABLES) + sum(len(view.tables) for view in VIEWS)
    assert digests(views) == before
    assert not views.catch_up(filled.store)
    views.rebuild(filled.store)
    assert (names(path), digests(views)) == (TABLES, before)
    assert rows(path, "SELECT count(*) FROM view_checkpoints") == [(len(VIEWS),)]


def test_a_rebuild_that_is_killed_does_no_harm(filled: Log, views: Views, ledger_path: Path, path: Path) -> None:
    before = digests(views)
    code = f"""
import sys, time
from pathlib import Path
from domain.store.sqlite import SqliteStore
from projections.tables import rebuild
from projections.tables.views import Views
def wait(*_):
    print("built", flush=True)
    sys.stdin.read()
rebuild._put_in_place = wait
Views.open(Path({str(path)!r})).rebuild(SqliteStore({str(ledger_path)!r}, read_only=True))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"built\n"
        process.send_signal(signal.SIGKILL)
    assert digests(views) == before
    views.rebuild(filled.store)
    assert (names(path), digests(views)) == (TABLES, before)


def test_of_two_rebuilds_at_once_the_later_one_goes_on(filled: Log, views: Views, path: Path) -> None:
    before = digests(views)
    with Views.open(path) as other, meanwhile(lambda: other.rebuild(filled.store)), pytest.raises(RebuildOvertaken, match="left"):
        views.rebuild(filled.store)
    assert (names(path), digests(views)) == (TABLES, before)


def test_a_database_that_fails_meanwhile_is_told_as_that(filled: Log, views: Views) -> None:
    with patch.object(rebuild, "_fill", side_effect=ViewsFailed("x", "disk I/O error")), pytest.raises(ViewsFailed):
        views.rebuild(filled.store)


# What cannot be taken in.


def test_the_first_unreadable_entry_of_the_log_stops_a_rebuild(ledger_path: Path, log: Log, path: Path) -> None:
    say(log, C, LISTED)
    say(log, B, LISTED)
    say(log, C, announced(legacy="2024-07-01"))
    say(log, A, LISTED, announced(legacy="2024-07-01"))
    texts = {position: damage(ledger_path, position) for position in (3, 5)}
    with closing(SqliteStore(ledger_path, read_only=True)) as store, Views.open(path) as views, Views.open(None) as following:
        views.rebuild(store)
        assert positions(views, 5) == [(2, 3)] * 2
        following.catch_up(store)
        assert following.states(5) == views.states(5)
        assert digests(following) == digests(views)
        damage(ledger_path, 3, texts[3])
        views.rebuild(store)
        assert positions(views, 5) == [(4, 5)] * 2
        damage(ledger_path, 5, texts[5])
        views.rebuild(store)
        assert positions(views, 5) == [(5, None)] * 2


def test_an_entry_that_is_readable_again_when_it_is_looked_for_is_named_all_the_same(ledger_path: Path, log: Log, views: Views) -> None:
    say(log, A, LISTED)
    damage(ledger_path, 1)
    with patch.object(log.store, "log", return_value=iter(())):
        views.rebuild(log.store)
    assert positions(views, 1) == [(0, 1)] * 2


def test_a_rebuild_stops_before_what_it_cannot_take_in_even_where_the_old_view_was_further(
    filled: Log, views: Views, ledger_path: Path
) -> None:
    damage(ledger_path, 5)
    views.rebuild(filled.store)
    assert positions(views, filled.head) == [(4, 5)] * 2


def test_the_names_of_what_is_built_are_dropped_by_stem_alone(views: Views, path: Path) -> None:
    with views._database.reading() as connection:
        assert schema.tables(connection, "current_stage") == ["current_stage"]
        assert schema.tables(connection, "current") == ["current_stage"]
        assert schema.tables(connection, "nothing") == []
    assert names(path) == TABLES
