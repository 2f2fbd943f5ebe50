"""The contract on SQLite, and what only a file can do."""
# ruff: noqa: S608, FBT001 - SQL is what is tested here; flags are parameters of tests

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import pytest
from eventsourcing.persistence import StoredEvent

from domain.clock import Clock, system_clock
from domain.recorded import Head
from domain.store import sqlite_rows, sqlite_schema, writer
from domain.store.answer import Answer
from domain.store.contract import Transaction
from domain.store.errors import (
    DiskFull,
    NewerSchema,
    NotALedger,
    OutcomeUnknown,
    StoreDamaged,
    StoreFailed,
    StoreFault,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
    UnreadableEvent,
)
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_connections import Connections
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_place import Place
from domain.store.sqlite_recorder import LedgerRecorder
from domain.store.stream_cache import StreamCache
from tests.controls import CONTROLS, FLOOR
from tests.domain.store.contract_suite import (
    ANNOUNCED,
    MISTRAL,
    NOON,
    SECONDS,
    Blocked,
    Hands,
    Make,
    MakeLosing,
    StoreContract,
    appending,
    failing,
    once,
    positions,
)

ROOT = Path(__file__).parents[3]


class WatchedStore(SqliteStore):
    """Counts its COMMITs, shows the connection, and loses the answers that it is told to lose."""

    commits = 0
    losing = 0
    moment: Literal["before", "after"] = "before"
    error: Callable[[], sqlite3.Error] = staticmethod(lambda: sqlite3.OperationalError("disk I/O error"))
    connection: sqlite3.Connection

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.commits += 1
        lost, self.losing = self.losing > 0, self.losing - 1
        if not lost or self.moment == "after":
            super()._commit(connection)
        if lost:
            raise self.error()


class SqliteContract(StoreContract):
    """The contract at one kind of place."""

    @pytest.fixture
    def places(self, tmp_path: Path) -> Iterator[Path | str]:
        raise NotImplementedError

    @pytest.fixture
    def make(self, places: Iterator[Path | str]) -> Iterator[Make]:
        stores: list[SqliteStore] = []

        def make(clock: Clock) -> SqliteStore:
            stores.append(SqliteStore(next(places), clock))
            return stores[-1]

        yield make
        for store in stores:
            store.close()

    @pytest.fixture
    def make_losing(self, places: Iterator[Path | str]) -> Iterator[MakeLosing]:
        stores: list[WatchedStore] = []

        def make(moment: Literal["before", "after"], times: int) -> WatchedStore:
            stores.append(WatchedStore(next(places)))
            stores[-1].moment, stores[-1].losing = moment, times
            return stores[-1]

        yield make
        for store in stores:
            store.close()


class TestSqliteStore(SqliteContract):
    @pytest.fixture
    def places(self, tmp_path: Path) -> Iterator[Path | str]:
        return (tmp_path / f"ledger {n} #1?.db" for n in range(99))


class TestSqliteStoreInMemory(SqliteContract):
    @pytest.fixture
    def places(self) -> Iterator[Path | str]:
        return iter([":memory:"] * 99)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A ledger with two entries and a command, closed."""
    with closing(SqliteStore(path, Hands(NOON))) as store:
        store.transact("a", once("a"))
        store.transact("b", once("b"))
    return path


@contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that knows nothing of ledgers."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=SECONDS, check_same_thread=False)) as connection:
        yield connection


def contents(path: Path) -> list[list[tuple[object, ...]]]:
    with plain(path) as connection:
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("stored_events", "ledger_entries", "command_keys")]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Append-only.

TABLES = {
    "stored_events": ("originator_id, originator_version, topic, state", f"'{MISTRAL}', 1, 'x', 'x'", f"'{MISTRAL}', 3, 'x', 'x'"),
    "ledger_entries": (
        "position, originator_id, originator_version, recorded_at, actor",
        f"1, '{MISTRAL}', 1, '2099-01-01', 'x'",
        f"3, '{MISTRAL}', 2, '2099-01-01', 'x'",
    ),
    "command_keys": ("key, fingerprint, answer, position", "'a', 'x', 'x', 1", "'a', 'x', 'x', 1"),
}
ANY_COLUMN = {"stored_events": "state", "ledger_entries": "actor", "command_keys": "answer"}


def tampering() -> Iterator[str]:
    for table, (columns, same, _) in TABLES.items():
        column = ANY_COLUMN[table]
        yield f"UPDATE {table} SET {column} = 'x'"
        yield f"UPDATE OR REPLACE {table} SET {column} = 'x'"
        yield f"DELETE FROM {table}"
        for how in ("INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"):
            yield f"{how} INTO {table} ({columns}) VALUES ({same})"
        yield f"INSERT INTO {table} ({columns}) VALUES ({same}) ON CONFLICT DO UPDATE SET {column} = 'x'"
    for table, (columns, _, new) in list(TABLES.items())[:2]:
        for rowid in (1, 2, -1, 0):
            yield f"INSERT OR REPLACE INTO {table} (rowid, {columns}) VALUES ({rowid}, {new})"
    yield f"INSERT INTO stored_events VALUES ('{MISTRAL}', 4, 'x', 'x')"
    for position, stream, version, at in (
        (4, MISTRAL, 2, "2099-01-01"),
        (3, MISTRAL, 3, "2099-01-01"),
        (3, "model:none", 1, "2099-01-01"),
        ("NULL", MISTRAL, 3, "2099-01-01"),
        (-1, MISTRAL, 3, "2099-01-01"),
    ):
        yield f"INSERT INTO ledger_entries VALUES ({position}, '{stream}', {version}, '{at}', 'x')"


@pytest.mark.parametrize("statement", list(tampering()))
@pytest.mark.parametrize("recursive", [0, 1])
def test_the_database_itself_refuses_what_is_not_an_append(filled: Path, statement: str, recursive: int) -> None:
    before = contents(filled)
    with plain(filled) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    assert contents(filled) == before


def test_the_database_itself_refuses_an_instant_that_does_not_increase(filled: Path) -> None:
    with plain(filled) as connection:
        connection.execute(f"INSERT INTO stored_events VALUES ('{MISTRAL}', 3, 'x', 'x')")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(f"INSERT INTO ledger_entries VALUES (3, '{MISTRAL}', 3, '2024-11-22T12:00:00.000001Z', 'x')")
        assert connection.execute("SELECT count(*) FROM ledger_entries").fetchone() == (2,)


def test_an_event_without_an_entry_stops_the_writer(filled: Path) -> None:
    with plain(filled) as connection:
        connection.execute("INSERT INTO stored_events VALUES ('model:azure/stray', 1, 'x', 'x')")
    with closing(SqliteStore(filled)) as store, pytest.raises(StoreDamaged, match="restore a copy"):
        store.transact("c", once("c"))
    assert len(contents(filled)[1]) == 2


def test_vacuum_changes_nothing(filled: Path) -> None:
    with closing(SqliteStore(filled)) as store:
        before = tuple(store.log())
    with plain(filled) as connection:
        connection.execute("VACUUM")
    with closing(SqliteStore(filled)) as store:
        assert tuple(store.log()) == tuple(store.history(MISTRAL)) == before
        assert store.transact("c", once("c")) == b"entry 3 for c"


def test_a_damaged_event_is_named_and_the_rest_is_read(filled: Path) -> None:
    with plain(filled) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events_no_update'").fetchone()
        connection.execute("DROP TRIGGER stored_events_no_update")
        connection.execute("UPDATE stored_events SET state = '{}' WHERE originator_version = 2")
        connection.execute(trigger)
    with closing(SqliteStore(filled)) as store:
        log = store.log()
        assert next(log).position == 1
        with pytest.raises(UnreadableEvent, match=f"Entry 2 .*{MISTRAL}"):
            next(log)
        with pytest.raises(UnreadableEvent, match="Entry 2"):
            store.transact("c", lambda transaction: transaction.history(MISTRAL))
        assert store.transact("d", once("d", "model:azure/other")) == b"entry 3 for d"


# The file.


def test_a_ledger_is_told_by_its_header(filled: Path) -> None:
    with plain(filled) as connection:
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version", "journal_mode")]
    assert pragmas == [int.from_bytes(b"LCLG", "big"), 2, "wal"]


def test_the_writer_waits_for_the_disk(path: Path) -> None:
    with closing(WatchedStore(path)) as store:
        store.transact("a", once("a"))
        assert store.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_instants_are_stored_in_a_fixed_width(filled: Path) -> None:
    assert [row[3] for row in contents(filled)[1]] == ["2024-11-22T12:00:00.000000Z", "2024-11-22T12:00:00.000001Z"]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("text", ["x", "x" * 511, "Model | Retirement date\n" * 1000])
def test_a_text_file_is_no_ledger_and_stays_as_it_is(path: Path, text: str, read_only: bool) -> None:
    path.write_text(text)
    with pytest.raises(NotALedger, match="Name another file"):
        SqliteStore(path, read_only=read_only)
    assert (path.read_text(), names(path.parent)) == (text, [path.name])


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("statement", ["CREATE TABLE notes (text)", "PRAGMA application_id = 1", "PRAGMA user_version = 1"])
def test_another_applications_database_stays_as_it_is(path: Path, statement: str, read_only: bool) -> None:
    with plain(path) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(NotALedger, match="another application"):
        SqliteStore(path, read_only=read_only)
    assert (path.read_bytes(), names(path.parent)) == (before, [path.name])


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_ledger_is_left_to_newer_software(filled: Path, read_only: bool) -> None:
    with plain(filled) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(NewerSchema, match=r"schema version 3; this software knows up to 2\. Upgrade"):
        SqliteStore(filled, read_only=read_only)


def test_a_ledger_that_lost_a_trigger_is_damaged(filled: Path) -> None:
    with plain(filled) as connection:
        connection.execute("DROP TRIGGER command_keys_no_delete")
    with pytest.raises(StoreDamaged, match="command_keys_no_delete"):
        SqliteStore(filled)


def test_a_damaged_file_says_so(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.transact("a", appending(MISTRAL, *[FLOOR] * 200))
    with path.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096 * 20)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreDamaged, match="restore a copy"):
        list(store.log())


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    with closing(SqliteStore(path)) as store:
        assert store.transact("a", once("a")) == b"entry 1 for a"


def test_places_that_cannot_be_are_refused(tmp_path: Path) -> None:
    for place, reason in ((tmp_path, "it is a folder"), (tmp_path / "no" / "ledger.db", "create it first")):
        with pytest.raises(StoreUnreachable, match=reason):
            SqliteStore(place)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_moved_gets_no_more_events(filled: Path) -> None:
    with closing(SqliteStore(filled)) as store:
        filled.rename(filled.with_name("moved.db"))
        with pytest.raises(StoreUnreachable, match="moved"):
            store.transact("c", once("c"))
        filled.touch()
        with pytest.raises(StoreUnreachable, match="another file"):
            store.transact("c", once("c"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_NOTADB, NotALedger),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreDamaged),
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreLocked),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreReadOnly),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, StoreUnreachable),
        (sqlite3.SQLITE_IOERR_WRITE, StoreFailed),
        (None, StoreFailed),
    ],
)
def test_what_sqlite_reports_has_a_name_of_ours(code: int | None, kind: type[StoreFault]) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    if code is not None:
        error.sqlite_errorcode = code
    fault = fault_of(error, "some.db")
    assert type(fault) is kind
    assert "some.db" in str(fault)


# Reading only.


@contextmanager
def unprivileged() -> Iterator[None]:
    """Give up the right to write where permissions forbid it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def guarded(filled: Path) -> Iterator[Path]:
    """The filled ledger in a folder where nothing may be written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(filled, folder / "ledger.db")
        (folder / "ledger.db").chmod(0o444)
        folder.chmod(0o555)
        yield folder / "ledger.db"
        folder.chmod(0o755)


def test_reading_only_answers_and_leaves_nothing_beside_the_file(filled: Path) -> None:
    with closing(SqliteStore(filled, read_only=True)) as store:
        assert positions(store) == [1, 2]
        assert [entry.version for entry in store.history(MISTRAL)] == [1, 2]
        assert store.kept("a") is not None
        assert names(filled.parent) == [filled.name]
        with pytest.raises(StoreReadOnly):
            store.submit("c", once("c"))
        with pytest.raises(StoreReadOnly):
            store.transact("c", once("c"))


def test_reading_only_makes_no_file(path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="no such file"):
        SqliteStore(path, read_only=True)
    assert not path.exists()
    path.touch()
    with pytest.raises(NotALedger, match="empty"):
        SqliteStore(path, read_only=True)
    assert path.stat().st_size == 0


def test_reading_only_sees_a_writer_come_and_go(filled: Path) -> None:
    with closing(SqliteStore(filled, read_only=True)) as reader:
        assert reader.head().position == 2
        with closing(SqliteStore(filled)) as store:
            store.transact("c", once("c"))
            assert reader.head().position == 3
            store.transact("d", once("d"))
            assert reader.head().position == 4
        assert [entry.version for entry in reader.history(MISTRAL)] == [1, 2, 3, 4]


def test_reading_only_notices_a_file_that_went_away(filled: Path) -> None:
    with closing(SqliteStore(filled, read_only=True)) as reader:
        assert reader.head().position == 2
        filled.rename(filled.with_name("moved.db"))
        with pytest.raises(StoreUnreachable, match="moved"):
            reader.head()


def test_a_file_that_changes_under_an_unlocked_reader_is_read_again(filled: Path) -> None:
    place = Place(filled, read_only=True, busy_seconds=1)
    heads: list[Head] = []

    def disturbed(connection: sqlite3.Connection) -> Head:
        heads.append(sqlite_rows.read_head(connection.execute))
        if len(heads) == 1:
            with closing(SqliteStore(filled)) as store:
                store.transact("c", once("c"))
            raise sqlite3.DatabaseError("torn page")
        return heads[-1]

    with closing(Connections(place)) as connections:
        assert connections.read(disturbed).position == 3
    assert [head.position for head in heads] == [2, 3]


def test_a_file_that_never_rests_is_given_up(filled: Path) -> None:
    def disturbing(_: sqlite3.Connection) -> None:
        os.utime(filled, ns=(0, filled.stat().st_mtime_ns + 1))

    with closing(Connections(Place(filled, read_only=True, busy_seconds=1))) as connections, pytest.raises(StoreLocked):
        connections.read(disturbing)


def test_a_write_protected_ledger_is_read(guarded: Path) -> None:
    with unprivileged(), closing(SqliteStore(guarded, read_only=True)) as store:
        assert positions(store) == [1, 2]
    with unprivileged(), pytest.raises(StoreReadOnly, match="Open it read-only"):
        SqliteStore(guarded)
    assert names(guarded.parent) == ["ledger.db"]


def test_a_write_protected_file_in_an_open_folder_cannot_be_written(guarded: Path) -> None:
    guarded.parent.chmod(0o777)
    with unprivileged(), pytest.raises(StoreReadOnly):
        SqliteStore(guarded)
    with unprivileged(), closing(SqliteStore(guarded, read_only=True)) as store:
        assert positions(store) == [1, 2]


def test_a_write_protected_ledger_is_read_while_its_owner_writes(guarded: Path) -> None:
    guarded.parent.chmod(0o755)
    guarded.chmod(0o644)
    with closing(SqliteStore(guarded)) as owner:
        owner.transact("c", once("c"))
        for file in guarded.parent.iterdir():
            file.chmod(0o444)
        with unprivileged(), closing(SqliteStore(guarded, read_only=True)) as store:
            assert positions(store) == [1, 2, 3]


def test_what_a_crash_left_and_cannot_be_put_together_is_not_passed_over(guarded: Path) -> None:
    guarded.parent.chmod(0o755)
    guarded.with_name("ledger.db-wal").write_bytes(b"x" * 5000)
    guarded.parent.chmod(0o555)
    with unprivileged(), pytest.raises(StoreFault):
        SqliteStore(guarded, read_only=True)
    assert names(guarded.parent) == ["ledger.db", "ledger.db-wal"]


# Other processes.


def test_a_locked_ledger_says_so_and_works_again(filled: Path) -> None:
    with closing(SqliteStore(filled, busy_seconds=0.05)) as store, plain(filled) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="locked by another process"):
            store.transact("c", once("c"))
        assert positions(store) == [1, 2]
        with closing(SqliteStore(filled, busy_seconds=0.05)) as another:
            assert another.head().position == 2
        connection.execute("ROLLBACK")
        assert store.transact("c", once("c")) == b"entry 3 for c"


def test_a_ledger_that_another_holds_for_itself_cannot_be_opened(filled: Path) -> None:
    with plain(filled) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked):
            SqliteStore(filled, busy_seconds=0.05)


APPENDER = """
import sys
from contextlib import closing
from domain.store.sqlite import SqliteStore
from tests.domain.store.contract_suite import once
path, name, count = sys.argv[1:]
with closing(SqliteStore(path, busy_seconds=30)) as store:
    for number in range(int(count)):
        store.transact(f"{name}/{number}", once(f"{name}/{number}"))
"""


def other_process(code: str, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_what_another_process_appends_is_seen(filled: Path) -> None:
    with closing(SqliteStore(filled)) as store, closing(SqliteStore(filled, read_only=True)) as reader:
        assert len(store.history(MISTRAL)) == len(reader.history(MISTRAL)) == 2
        assert other_process(APPENDER, filled, "other", 3).wait(SECONDS) == 0
        assert [entry.version for entry in store.history(MISTRAL)] == [1, 2, 3, 4, 5]
        assert store.transact("other/0", once("other/0")) == b"entry 3 for other/0"
        assert store.transact("c", once("c")) == b"entry 6 for c"
        assert len(reader.history(MISTRAL)) == 6


def test_processes_that_begin_and_fill_a_ledger_together(path: Path) -> None:
    processes = [other_process(APPENDER, path, name, 20) for name in "abcd"]
    assert [process.wait(SECONDS) for process in processes] == [0, 0, 0, 0]
    with closing(SqliteStore(path)) as store:
        assert [entry.version for entry in store.history(MISTRAL)] == positions(store) == list(range(1, 81))
        assert all(store.kept(f"{name}/{n}") for name in "abcd" for n in range(20))


def test_a_ledger_is_seen_as_of_one_moment_while_another_process_makes_it(path: Path) -> None:
    looks: list[str] = []

    def make_it_now(sql: str) -> None:
        looks.append(sql)
        if "application_id" in sql:
            with suppress(StoreLocked):
                SqliteStore(path, busy_seconds=0.05).close()

    with plain(path) as connection:
        connection.set_trace_callback(make_it_now)
        assert sqlite_schema.is_empty(connection, str(path))
    assert any("application_id" in sql for sql in looks)


@pytest.mark.parametrize("place", [":memory:", "ledger.db"])
def test_a_store_that_nobody_closed_lets_the_interpreter_end(tmp_path: Path, place: str) -> None:
    code = """
import sys
from domain.store.sqlite import SqliteStore
from tests.domain.store.contract_suite import once
store = SqliteStore(sys.argv[1])
print(store.transact("a", once("a")).decode(), flush=True)
store.submit("b", lambda transaction: sys.stdin.readline())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, place if place == ":memory:" else str(tmp_path / place)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"entry 1 for a\n")


# The writer.


def test_all_that_is_queued_shares_one_commit(path: Path) -> None:
    with closing(WatchedStore(path)) as store:
        with Blocked(store):
            answers = [store.submit(f"{n}", once(f"{n}")) for n in range(50)]
        assert len({answer.result(SECONDS) for answer in answers}) == 50
        assert store.commits == 2


def test_a_group_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_MAX", 10)
    with closing(WatchedStore(path)) as store:
        with Blocked(store):
            answers = [store.submit(f"{n}", once(f"{n}")) for n in range(50)]
        assert len({answer.result(SECONDS) for answer in answers}) == 50
        assert store.commits == 6


def test_readers_do_not_wait_for_the_writer(filled: Path) -> None:
    with closing(SqliteStore(filled)) as store:
        with Blocked(store):
            waiting = store.submit("c", once("c"))
            assert positions(store) == [1, 2]
            assert (store.head().position, len(store.history(MISTRAL)), store.kept("c")) == (2, 2, None)
            assert not waiting.done()
        assert waiting.result(SECONDS) == b"entry 3 for c"


@pytest.mark.parametrize("place", [":memory:", "ledger.db"])
def test_work_may_ask_the_store_too(tmp_path: Path, place: str) -> None:
    with closing(SqliteStore(place if place == ":memory:" else tmp_path / place)) as store:
        store.transact("a", once("a"))

        def work(transaction: Transaction) -> tuple[int, int]:
            once("b")(transaction)
            return store.head().position, len(store.history(MISTRAL))

        assert store.transact("b", work) == (1, 1)
        assert (store.head().position, len(store.history(MISTRAL))) == (2, 2)


def test_a_connection_that_breaks_is_replaced(path: Path) -> None:
    with closing(WatchedStore(path)) as store:
        store.transact("a", once("a"))
        store.connection.close()
        assert store.transact("b", once("b")) == b"entry 2 for b"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_that_breaks_at_commit_is_replaced(path: Path, moment: Literal["before", "after"]) -> None:
    with closing(WatchedStore(path)) as store:
        store.moment, store.losing = moment, 1

        def broken() -> sqlite3.Error:
            store.connection.close()
            return sqlite3.OperationalError("connection lost")

        store.error = broken
        assert store.transact("a", once("a")) == b"entry 1 for a"
        assert store.transact("b", once("b")) == b"entry 2 for b"


def test_an_outcome_stays_unknown_where_the_retry_finds_the_ledger_locked(path: Path) -> None:
    with closing(WatchedStore(path, busy_seconds=0.05)) as store, plain(path) as connection:

        def locked() -> sqlite3.Error:
            connection.execute("BEGIN IMMEDIATE")
            return sqlite3.OperationalError("disk I/O error")

        store.moment, store.losing, store.error = "after", 1, locked
        with pytest.raises(OutcomeUnknown, match="disk I/O error"):
            store.transact("a", once("a"))
        connection.execute("ROLLBACK")
        assert store.transact("a", once("a")) == b"entry 1 for a"


def test_an_outcome_stays_unknown_where_the_retry_is_refused(path: Path) -> None:
    with closing(WatchedStore(path)) as store, plain(path) as connection:

        def disturbed() -> sqlite3.Error:
            connection.execute("INSERT INTO stored_events VALUES ('model:azure/stray', 1, 'x', 'x')")
            return sqlite3.OperationalError("disk I/O error")

        store.moment, store.losing, store.error = "after", 1, disturbed
        with pytest.raises(OutcomeUnknown):
            store.transact("a", lambda transaction: transaction.append(MISTRAL, [FLOOR], after=len(transaction.history(MISTRAL)), actor=""))
        assert positions(store) == [1]


def test_a_question_that_failed_inside_work_fails_the_work_whatever_it_makes_of_it(path: Path) -> None:
    def careless(transaction: Transaction) -> str:
        with suppress(StoreFault):
            transaction.kept("a")
        return "never mind"

    with closing(SqliteStore(path)) as store:
        with plain(path) as connection:
            connection.execute("DROP TABLE command_keys")
        with Blocked(store):
            answers: list[Answer[Any]] = [
                store.submit("a", careless),
                store.submit("b", appending(MISTRAL)),
                store.submit("c", careless),
            ]
        assert [type(answer.exception(SECONDS)) for answer in answers] == [StoreFailed, type(None), StoreFailed]
        assert positions(store) == [1]


def limit(store: WatchedStore, pages_more: int) -> None:
    """Let the file grow by so many pages, as a disk with little room would."""
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages + pages_more}")


def append_until_full(store: SqliteStore) -> int:
    """Append under the keys b1, b2 ..., and return the number that found no room."""
    for number in range(1, 1000):
        try:
            store.transact(f"b{number}", once(f"b{number}"))
        except DiskFull:
            return number
    return 0


def test_a_full_disk_keeps_nothing_half_and_works_again(path: Path) -> None:
    with closing(WatchedStore(path)) as store:
        store.transact("a", once("a"))
        limit(store, 3)
        done = append_until_full(store)
        assert done > 1
        assert positions(store) == list(range(1, done + 1))
        assert store.kept(f"b{done}") is None
        limit(store, 1000)
        assert store.transact(f"b{done}", once(f"b{done}")) == f"entry {done + 1} for b{done}".encode()
        assert store.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_one_whose_work_finds_no_room_does_not_harm_its_neighbours(path: Path) -> None:
    big = CONTROLS["RetirementAnnounced.v1"].model_copy(update={"notes": "long " * 100_000})
    with closing(WatchedStore(path)) as store:
        store.transact("a", once("a"))
        limit(store, 20)
        with Blocked(store):
            before = store.submit("b", once("b"))
            huge = store.submit("huge", appending("model:azure/huge", big))
            bad = store.submit("failing", failing)
            after = store.submit("c", once("c"))
        assert isinstance(huge.exception(SECONDS), DiskFull)
        assert isinstance(bad.exception(SECONDS), KeyError)
        assert (before.result(SECONDS), after.result(SECONDS)) == (b"entry 2 for b", b"entry 3 for c")
        assert positions(store) == [1, 2, 3]


def test_a_disk_that_is_full_at_commit_is_no_mystery(path: Path) -> None:
    def full() -> sqlite3.Error:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        return error

    with closing(WatchedStore(path)) as store:
        store.losing, store.error = 1, full
        with pytest.raises(DiskFull, match="Make room"):
            store.transact("a", once("a"))
        assert positions(store) == []
        assert store.transact("a", once("a")) == b"entry 1 for a"


# How it asks.


@pytest.mark.parametrize(
    "ask",
    [
        sqlite_rows.read_head,
        lambda execute: sqlite_rows.read_head_at(execute, NOON),
        lambda execute: sqlite_rows.read_all_kept(execute, ["a", "b", "c"]),
        lambda execute: sqlite_rows.read_kept(execute, "a"),
        lambda execute: sqlite_rows.read_stream(execute, MISTRAL, StreamCache(), 0),
        lambda execute: sqlite_rows.read_page(execute, 0, 2, "model:", 10),
        lambda execute: sqlite_rows.read_streams(execute, "model:"),
    ],
)
def test_every_question_goes_by_an_index(filled: Path, ask: Callable[[sqlite_rows.Execute], object]) -> None:
    plans: list[str] = []
    with plain(filled) as connection:

        def execute(sql: str, values: tuple[object, ...]) -> sqlite3.Cursor:
            plans.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))
            return connection.execute(sql, values)

        assert ask(execute) is not None
    # The last entry is one end of the table, and asking for it reads one row.
    bad = [plan for plan in plans if "TEMP B-TREE" in plan or (plan.startswith("SCAN") and plan != "SCAN ledger_entries")]
    assert plans
    assert not bad


def test_the_library_reads_but_does_not_write(filled: Path) -> None:
    with closing(Connections(Place(filled, read_only=False, busy_seconds=1))) as connections:
        recorder = LedgerRecorder(connections)
        assert [(event.id, event.originator_version) for event in recorder.select_notifications(1, 10)] == [(1, 1), (2, 2)]
        assert [event.topic for event in recorder.select_events(MISTRAL)] == [ANNOUNCED.topic] * 2
        with pytest.raises(StoreReadOnly):
            recorder.insert_events([StoredEvent(MISTRAL, 3, "x", b"x")])


def test_the_cache_is_bounded_and_never_goes_back() -> None:
    with closing(SqliteStore(":memory:", system_clock)) as store:
        first, second = store.transact("a", appending(MISTRAL, FLOOR, FLOOR))
    cache = StreamCache(streams_max=2)
    cache.put("a", (first, second))
    cache.put("a", (first,))
    cache.put("b", (first,))
    assert cache.get("a") == (first, second)
    cache.put("c", (first,))
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ((first, second), (), (first,))
