"""The file of the views: told from other files, thrown away without a thought, and never made by one who only reads."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, CreateView

from api.exit_codes import ExitCode, exit_code_of
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey
from projections.tables import checkpoints, database, schema
from projections.tables.columns import list_text, scope_text
from projections.tables.errors import (
    NotViews,
    RebuildOvertaken,
    ViewsFailed,
    ViewsFault,
    ViewsLocked,
    ViewsNotBuilt,
    ViewsUnreachable,
)
from projections.tables.views import MODEL_VIEWS, VIEWS, Views, views_path
from tests.projections.tables.logs import Log, digests, positions, rows
from tests.spec import announced, listed

A = SubjectKey("azure", "a")


@pytest.fixture
def filled(log: Log, path: Path) -> Log:
    for event in (listed(), announced(legacy="2024-07-01")):
        log.take(model_stream(A), event.model_copy(update={"key": A}))
    with Views.open(path) as views:
        views.catch_up(log.store)
    return log


@pytest.mark.parametrize(
    ("ledger", "views"), [("ledger.db", "ledger.views.db"), ("/srv/a.b.sqlite", "/srv/a.b.views.sqlite"), ("ledger", "ledger.views")]
)
def test_the_views_stand_beside_the_ledger(ledger: str, views: str) -> None:
    assert views_path(Path(ledger)) == Path(views)


@pytest.mark.usefixtures("filled")
def test_the_file_tells_what_it_is(path: Path) -> None:
    pragmas = [rows(path, f"PRAGMA {name}")[0][0] for name in ("application_id", "user_version", "journal_mode")]
    assert pragmas == [int.from_bytes(b"LCLV", "big"), schema.VIEWS_VERSION, "wal"]


def test_what_is_there_is_found_again(filled: Log, path: Path) -> None:
    with Views.open(path) as views:
        assert positions(views, filled.head) == [(2, None)] * 2
        assert not views.catch_up(filled.store)


def test_a_file_that_was_deleted_is_made_again(filled: Log, path: Path) -> None:
    with Views.open(path) as views:
        before = digests(views)
    path.unlink()
    with Views.open(path) as views:
        assert views.catch_up(filled.store)
        assert digests(views) == before


def test_views_of_another_version_are_thrown_away_and_filled_again(filled: Log, path: Path) -> None:
    with Views.open(path) as views:
        before = digests(views)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE of_another_version (x)")
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ViewsNotBuilt, match="lifecycle rebuild"):
        Views.open(path, read_only=True)
    with Views.open(path) as views:
        assert positions(views, filled.head) == [(0, None)] * 2
        assert rows(path, "SELECT count(*) FROM sqlite_master WHERE name = 'of_another_version'") == [(0,)]
        assert views.catch_up(filled.store)
        assert digests(views) == before


def test_views_that_another_version_made_anew_meanwhile_are_not_written(filled: Log, path: Path) -> None:
    with Views.open(path) as views:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
        with pytest.raises(ViewsNotBuilt, match="another version"):
            views.rebuild(filled.store)


def test_two_who_open_at_once_make_one_file(path: Path) -> None:
    begun = schema.is_current
    with Views.open(path):
        pass
    path.unlink()
    answers = iter([False])  # As one sees it who looks just before another makes the file.

    def looked_too_early(*arguments: object) -> bool:
        return next(answers, True) and begun(*arguments)  # type: ignore[arg-type]  # passed on

    Views.open(path).close()
    with patch.object(schema, "is_current", looked_too_early), Views.open(path) as views:
        assert positions(views, 0) == [(0, None)] * 2


# Files that are something else.


@pytest.fixture(params=["a ledger", "a database", "a text", "a short text"])
def foreign(request: pytest.FixtureRequest, path: Path, log: Log) -> Path:
    if request.param == "a database":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE t (x)")
    elif request.param == "a ledger":
        log.take(model_stream(A), listed().model_copy(update={"key": A}))
        log.store.copy_to(path)
    else:
        path.write_text("x" * (4096 if request.param == "a text" else 7))
    return path


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_something_else_is_refused_and_left_as_it_is(foreign: Path, *, read_only: bool) -> None:
    before = foreign.read_bytes()
    with pytest.raises(NotViews, match="left as it is"):
        Views.open(foreign, read_only=read_only)
    assert foreign.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_is_no_place_for_views(tmp_path: Path, *, read_only: bool) -> None:
    with pytest.raises(ViewsUnreachable, match="folder"):
        Views.open(tmp_path, read_only=read_only)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ViewsUnreachable, match="permissions"):
        Views.open(tmp_path / "nowhere" / "ledger.views.db")


def test_an_empty_file_becomes_views_and_cannot_be_read(path: Path) -> None:
    path.touch()
    with pytest.raises(ViewsNotBuilt):
        Views.open(path, read_only=True)
    Views.open(path).close()
    Views.open(path, read_only=True).close()


# Reading only.


def test_one_who_reads_makes_nothing(filled: Log, path: Path) -> None:
    before = sorted(path.parent.iterdir()), path.read_bytes()
    with Views.open(path, read_only=True) as views:
        assert positions(views, filled.head) == [(2, None)] * 2
        assert len(views.digest("upcoming")) == 64
        assert views.count("upcoming") == 1
        assert views.due(listed().announced_at) == []
    assert (sorted(path.parent.iterdir()), path.read_bytes()) == before
    path.unlink()
    with pytest.raises(ViewsNotBuilt, match="no such file"):
        Views.open(path, read_only=True)
    assert not path.exists()


def test_one_who_reads_sees_what_is_being_written(filled: Log, path: Path) -> None:
    with Views.open(path) as views, Views.open(path, read_only=True) as reader:
        filled.take(model_stream(A), announced(retired="2024-08-01").model_copy(update={"key": A}))
        views.catch_up(filled.store)
        with Views.open(path, read_only=True) as late:
            assert digests(late) == digests(views)
        with pytest.raises(ViewsFailed):
            reader.rebuild(filled.store)


def test_a_file_that_another_holds_is_told_as_locked(filled: Log, path: Path) -> None:
    with patch.object(database, "BUSY_SECONDS", 0), Views.open(path) as views, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ViewsLocked, match="locked"):
            views.rebuild(filled.store)


def test_a_file_that_another_is_about_to_begin_is_told_as_locked(path: Path) -> None:
    path.touch()
    with patch.object(database, "BUSY_SECONDS", 0), closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ViewsLocked):
            Views.open(path)


# Threads, errors, and the other database.


@pytest.mark.parametrize("in_memory", [False, True])
def test_threads_share_views(filled: Log, path: Path, *, in_memory: bool) -> None:
    path.unlink()
    wrong: list[object] = []
    done = threading.Event()
    with Views.open(None if in_memory else path) as views:

        def ask() -> None:
            while not done.is_set():
                seen = {(state.position, state.stopped_at) for state in views.states(filled.head)}
                if not seen <= {(at, None) for at in range(filled.head + 1)} or views.due(listed().announced_at):
                    wrong.append(seen)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            filled.take(model_stream(A), announced(retired="2024-08-01").model_copy(update={"key": A}))
            views.catch_up(filled.store)
        views.rebuild(filled.store)
        done.set()
        for thread in threads:
            thread.join()
        assert positions(views, filled.head) == [(12, None)] * 2
    assert wrong == []


@pytest.mark.parametrize(
    "error",
    [
        NotViews("a", "b"),
        ViewsNotBuilt("a", "b"),
        ViewsUnreachable("a", "b"),
        ViewsLocked("a"),
        ViewsFailed("a", "b"),
        RebuildOvertaken("a"),
    ],
)
def test_every_error_says_what_to_do_and_is_told_as_unavailable(error: ViewsFault) -> None:
    assert error.sentence.endswith(".")
    assert "a" in error.sentence
    assert exit_code_of(error) is ExitCode.UNAVAILABLE


def test_scopes_and_lists_are_canonical() -> None:
    assert scope_text(Scope.of({"version": "2", "region": "ü"})) == '{"region":"ü","version":"2"}'
    assert list_text(("azure/b", "azure/a")) == '["azure/b","azure/a"]'


def test_the_same_text_serves_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not say
    tables = [table for view in VIEWS for table in view.tables] + [checkpoints.TABLE]
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in tables]
    made += [str(CreateIndex(index).compile(dialect=dialect)) for table in tables for index in table.indexes]
    made += [str(CreateView(view.now, f"{view.name}_now").compile(dialect=dialect)) for view in MODEL_VIEWS]
    assert all('COLLATE "C"' in text for text in made[: len(tables)])
    assert "clock_timestamp()" in made[-1]
    assert not any("ROWID" in text for text in made)
