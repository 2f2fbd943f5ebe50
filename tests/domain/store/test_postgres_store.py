"""What only the store on PostgreSQL does, or does in its own way."""
# ruff: noqa: S608, FBT001 - SQL is what is tested here; flags are parameters of tests

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Literal

import psycopg
import pytest
import trustme

from domain.errors import InvalidName
from domain.events import Event
from domain.proof.evidence import Snapshot
from domain.store.errors import NewerSchema, StoreDamaged, StoreFailed, StoreFault, StoreLocked, StoreReadOnly, StoreUnreachable
from domain.store.postgres.address import Address, Connection
from domain.store.postgres.database import PostgresDatabase
from domain.store.postgres.errors import (
    CreatingRefused,
    ForeignTables,
    FunctionsEnabled,
    NotPrepared,
    OlderTables,
    TransactionPooling,
    WritingRefused,
)
from domain.store.postgres.grants import grants
from domain.store.postgres.listener import Listener
from domain.store.postgres.schema import upgrade
from domain.store.postgres.sessions import WRITE_LOCK, check_own
from domain.store.postgres.store import PostgresStore
from domain.store.postgres.tables import LOG_TABLES, SCHEMA_VERSION, TABLES, trigger_names
from domain.store.postgres.timestamps import keep_timestamp, timestamps_of
from domain.store.sqlite import SqliteStore
from tests.controls import CONTROLS, FLOOR
from tests.domain.store.contract_suite import ANNOUNCED, MISTRAL, NOON, SECONDS, Blocked, Hands, appending, failing, once, positions
from tests.servers.postgres import INSTALLED, server

ROOT = Path(__file__).parents[3]


@pytest.fixture
def database() -> Iterator[str]:
    """The name of a database with an empty ledger."""
    with server().fresh() as name:
        yield name


@pytest.fixture
def empty() -> Iterator[str]:
    """The name of a database with nothing in it."""
    with server().fresh(prepared=False) as name:
        yield name


@pytest.fixture
def url(database: str) -> str:
    return server().url(database)


@pytest.fixture
def filled(url: str) -> str:
    """A ledger with two entries and a command each, closed."""
    with closing(PostgresStore(url, Hands(NOON))) as store:
        store.transact("a", once("a"))
        store.transact("b", once("b"))
    return url


def plain(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection that knows nothing of ledgers."""
    return psycopg.connect(url, autocommit=True)


# The same ledger as SQLite's.


def roots(snapshot: Snapshot) -> object:
    return snapshot.entries(), snapshot.commands(), [snapshot.stored_at(position) for position in range(1, 120)]


def test_the_same_history_has_the_same_bytes_and_roots_as_on_sqlite(url: str) -> None:
    names = [MISTRAL, "model:a/é", "model:A/z", "policy:\U0010ffff"]
    found = []
    for store in (SqliteStore(":memory:", Hands(NOON)), PostgresStore(url, Hands(NOON))):
        with closing(store):
            for number, event in enumerate([*CONTROLS.values(), *[FLOOR] * 20]):
                stream = names[number % 4]
                store.transact(f"k{number}", appending(stream, event, after=number // 4))
                store.transact(f"c{number}", once(f"c{number}", f"extra:{number % 3}"))
            found.append((store.evidence.at_one_moment(roots), list(store.log()), store.streams(""), list(store.by_stream(99))))
    assert found[0] == found[1]


def test_what_proves_is_of_one_moment(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:

        def looks(snapshot: Snapshot) -> tuple[object, object]:
            before = snapshot.entries()
            store.transact("c", once("c"))
            return before, snapshot.entries()

        first, second = store.evidence.at_one_moment(looks)
        assert first == second
        assert store.head().position == 3


def test_checkpoints_and_timestamps_are_kept_in_order(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        assert [store.evidence.keep_checkpoint(number, 2, f"note {number}") for number in (2, 1, 1, 2)] == [False, True, False, True]
        last = store.evidence.at_one_moment(lambda snapshot: (snapshot.last_checkpoint(), snapshot.checkpoints(0, 1)))
    assert last[0] is not None
    assert (last[0].number, last[0].note, last[1][0].note) == (2, "note 2", "note 1")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: keep_timestamp(filled, 1, b"%d" % number), range(8)))
    assert sorted(timestamps_of(filled, 1)) == [b"%d" % number for number in range(8)]


@pytest.mark.parametrize("tcp", [False, True], ids=["socket", "tcp"])
def test_a_large_append_returns(database: str, tcp: bool) -> None:
    with closing(PostgresStore(server().url(database, tcp=tcp))) as store:
        assert len(store.transact("a", appending(MISTRAL, *[FLOOR] * 50_000))) == 50_000
        assert store.transact("b", once("b", "model:a/other")) == b"entry 50001 for b"
        assert store.evidence.at_one_moment(lambda snapshot: snapshot.entries().size) == 50_001


def test_a_few_events_of_many_bytes_go_in(url: str) -> None:
    big = CONTROLS["RetirementAnnounced.v1"].model_copy(update={"notes": "long " * 400_000})
    with closing(PostgresStore(url)) as store:
        store.transact("a", appending(MISTRAL, *[big] * 11))
        assert [entry.event for entry in store.log()] == [big] * 11


@pytest.mark.parametrize("refused", ["model:a/\0", "\0"])
def test_text_with_a_nul_is_refused_and_harms_no_neighbour(url: str, refused: str) -> None:
    with closing(PostgresStore(url)) as store:
        with Blocked(store):
            good = store.submit("good", once("good"))
            bad = [store.submit("bad", once("bad", refused)), store.submit(refused, once(refused))]
            late = store.submit("late", once("late"))
        assert [type(answer.exception(SECONDS)) for answer in bad] == [InvalidName, InvalidName]
        assert (good.result(SECONDS), late.result(SECONDS)) == (b"entry 1 for good", b"entry 2 for late")
        with pytest.raises(InvalidName, match="NUL"):
            store.history(refused)


def test_an_actor_with_a_nul_fails_alone(url: str) -> None:
    with closing(PostgresStore(url)) as store:
        with Blocked(store):
            good = store.submit("good", once("good"))
            bad = store.submit("bad", lambda transaction: transaction.append("model:a/x", [FLOOR], after=0, actor="\0"))
        assert isinstance(bad.exception(SECONDS), InvalidName)
        assert good.result(SECONDS) == b"entry 1 for good"


# Append-only.

EMPTY = {"ledger_checkpoints": "1, 1, 'x'", "ledger_timestamps": "1, 1, 'x'"}
"""Tables that a command leaves empty, and a first row for each."""

NUMBER = {
    "ledger_schema": "version",
    "ledger_entries": "position",
    "ledger_nodes": "position",
    "ledger_commands": "key",
    "ledger_command_nodes": "number",
    "ledger_checkpoints": "number",
    "ledger_timestamps": "number",
}
"""Each table's primary key."""


@pytest.mark.parametrize("table", TABLES)
def test_not_even_the_owner_changes_what_was_written(filled: str, table: str) -> None:
    with plain(filled) as connection:
        if table in EMPTY:
            connection.execute(f"INSERT INTO {table} VALUES ({EMPTY[table]})")
        for statement in (f"UPDATE {table} SET {NUMBER[table]} = {NUMBER[table]}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only: "):
                connection.execute(statement)
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only: "):
            connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("ledger_entries", f"4, '{MISTRAL}', 3, 'x', '2099', 'x', 'x'"),
        ("ledger_entries", f"3, '{MISTRAL}', 4, 'x', '2099', 'x', 'x'"),
        ("ledger_entries", f"3, '{MISTRAL}', 3, 'x', '1999', 'x', 'x'"),
        ("ledger_entries", f"0, '{MISTRAL}', 3, 'x', '2099', 'x', 'x'"),
        ("ledger_entries", "2, 'model:a/x', 1, 'x', '2099', 'x', 'x'"),
        ("ledger_entries", f"3, '{MISTRAL}', 2, 'x', '2099', 'x', 'x'"),
        ("ledger_nodes", "4, 'x'"),
        ("ledger_command_nodes", "4, 'c', 'x'"),
        ("ledger_commands", "'a', 'x', 'x', 1"),
        ("ledger_checkpoints", "2, 1, 'x'"),
        ("ledger_timestamps", "2, 1, 'x'"),
    ],
)
def test_a_row_that_does_not_follow_is_refused(filled: str, table: str, row: str) -> None:
    columns = "(position, stream, version, topic, recorded_at, actor, state)" if table == "ledger_entries" else ""
    with plain(filled) as connection:
        with pytest.raises(psycopg.errors.IntegrityError):
            connection.execute(f"INSERT INTO {table} {columns} VALUES ({row})")
        connection.execute("CREATE TEMP TABLE ledger_entries AS SELECT * FROM generate_series(1, 9) AS position")
        with pytest.raises(psycopg.errors.IntegrityError):
            connection.execute(f"INSERT INTO public.{table} {columns} VALUES ({row})")


def test_a_row_beside_the_ledger_is_told_and_stops_the_writer(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        with plain(filled) as connection:
            connection.execute(f"INSERT INTO ledger_entries VALUES (3, '{MISTRAL}', 3, 'x', '2099-01-01', 'x', 'x')")
        with pytest.raises(StoreDamaged, match="2 leaves for 3 entries"):
            store.transact("c", once("c"))


# Least privilege.


@pytest.fixture
def role(database: str) -> Iterator[str]:
    """A role that may nothing, whose name has to be quoted."""
    name = f'{database}"s Role'
    quoted = name.replace('"', '""')
    server().execute(f'CREATE ROLE "{quoted}" LOGIN')
    yield name
    server().execute(f'DROP OWNED BY "{quoted}"', database)
    server().execute(f'DROP ROLE "{quoted}"')


def as_role(database: str, role: str) -> str:
    return server().url(database, role=role.replace('"', "%22").replace(" ", "%20"))


def allow(database: str, role: str, *, read_only: bool = False) -> str:
    for statement in grants(role, read_only=read_only):
        server().execute(statement, database)
    return as_role(database, role)


FORBIDDEN = [
    "UPDATE {0} SET {1} = {1}",
    "DELETE FROM {0}",
    "TRUNCATE {0}",
    "DROP TRIGGER {0}_no_change ON {0}",
    "ALTER TABLE {0} DISABLE TRIGGER {0}_no_change",
    "ALTER TABLE {0} DISABLE TRIGGER ALL",
    "DROP TABLE {0}",
    "CREATE RULE r AS ON INSERT TO {0} DO INSTEAD NOTHING",
    "INSERT INTO {0} SELECT * FROM {0} ON CONFLICT ({1}) DO UPDATE SET {1} = EXCLUDED.{1}",
    "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET session_replication_role = replica",
    "INSERT INTO ledger_schema VALUES (9, 'x')",
]


@pytest.mark.parametrize("table", LOG_TABLES)
def test_the_role_of_the_application_can_do_nothing_else(database: str, role: str, table: str) -> None:
    with plain(allow(database, role)) as connection:
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.format(table, NUMBER[table]))


def test_the_role_of_the_application_can_append_and_prove(database: str, role: str) -> None:
    with closing(PostgresStore(allow(database, role))) as store:
        assert store.transact("a", once("a")) == b"entry 1 for a"
        assert store.evidence.keep_checkpoint(1, 1, "note")
        assert not store.wait(0)


def test_a_role_that_may_read_answers_questions_and_no_more(database: str, role: str, filled: str) -> None:
    address = allow(database, role, read_only=True)
    with pytest.raises(WritingRefused, match="may INSERT and SELECT"):
        PostgresStore(address)
    with closing(PostgresStore(address, read_only=True)) as store, closing(PostgresStore(filled)) as writer:
        assert (positions(store), store.head().position, store.schema_version()) == ([1, 2], 2, SCHEMA_VERSION)
        assert store.evidence.at_one_moment(roots) == writer.evidence.at_one_moment(roots)
        writes: list[Callable[[], object]] = [
            lambda: store.submit("c", once("c")),
            lambda: store.transact("c", once("c")),
            lambda: store.evidence.keep_checkpoint(1, 1, "note"),
        ]
        for write in writes:
            with pytest.raises(StoreReadOnly):
                write()


def test_a_connection_that_reads_cannot_write(url: str) -> None:
    with closing(PostgresStore(url)) as store, pytest.raises(WritingRefused):
        store._connections.read(lambda connection: connection.execute("CREATE TABLE other ()"))


def test_a_role_without_any_right_cannot_open(database: str, role: str) -> None:
    with pytest.raises(StoreFault):
        PostgresStore(as_role(database, role), read_only=True)


# The schema.


def test_what_is_not_prepared_says_how_to(empty: str) -> None:
    address = server().url(empty)
    for read_only in (False, True):
        with pytest.raises(NotPrepared, match="lifecycle db upgrade"):
            PostgresStore(address, read_only=read_only)
    assert upgrade(address) == (0, SCHEMA_VERSION)
    assert upgrade(address) == (SCHEMA_VERSION, SCHEMA_VERSION)
    PostgresStore(address).close()


UPGRADER = """
import sys
from domain.store.postgres.schema import upgrade
print("ready", flush=True)
sys.stdin.readline()
print(upgrade(sys.argv[1])[0])
"""


def test_eight_processes_prepare_an_empty_database_once(empty: str) -> None:
    command, pipe = [sys.executable, "-c", UPGRADER, server().url(empty)], subprocess.PIPE
    with ExitStack() as left:
        started = [left.enter_context(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)) for _ in range(8)]
        assert [process.stdout and process.stdout.readline() for process in started] == ["ready\n"] * 8
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = sorted(process.communicate(timeout=SECONDS)[0].strip() for process in started)
    assert said == ["0"] + ["2"] * 7


@pytest.mark.parametrize(
    ("done", "error"),
    [
        ("INSERT INTO ledger_schema VALUES (3, 'lifecycle ledger')", NewerSchema),
        ("DROP TABLE ledger_timestamps", StoreDamaged),
        ("DROP TRIGGER ledger_entries_no_truncate ON ledger_entries", StoreDamaged),
        ("ALTER TABLE ledger_nodes DISABLE TRIGGER ALL", StoreDamaged),
        ("DROP TABLE ledger_schema", ForeignTables),
        ("DROP TABLE ledger_schema; CREATE TABLE ledger_schema (version integer)", ForeignTables),
        ("DROP TABLE ledger_schema; CREATE TABLE ledger_schema AS SELECT 2 AS version, 'accounts' AS application", ForeignTables),
    ],
)
def test_a_schema_that_is_another_is_refused_and_left_alone(url: str, done: str, error: type[StoreFault]) -> None:
    with plain(url) as connection:
        connection.execute(done)
    openings: list[Callable[[], object]] = [lambda: PostgresStore(url), lambda: PostgresStore(url, read_only=True), lambda: upgrade(url)]
    for opening in openings:
        with pytest.raises(error) as refused:
            opening()
        assert type(refused.value) is error


def test_tables_of_an_earlier_version_are_refused_with_the_command(empty: str) -> None:
    with plain(server().url(empty)) as connection:
        connection.execute("CREATE TABLE ledger_schema AS SELECT 1 AS version, 'lifecycle ledger' AS application")
    with pytest.raises(OlderTables, match="lifecycle db upgrade"):
        PostgresStore(server().url(empty))


def test_a_worker_stops_writing_once_the_schema_is_newer(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        store.transact("c", once("c"))
        with plain(filled) as connection:
            connection.execute("INSERT INTO ledger_schema VALUES (3, 'lifecycle ledger')")
        with pytest.raises(NewerSchema):
            store.transact("d", once("d"))
        assert positions(store) == [1, 2, 3]


def test_other_tables_beside_the_ledger_and_other_schemas_are_no_matter(empty: str) -> None:
    address = server().url(empty)
    with plain(address) as connection:
        connection.execute('CREATE TABLE accounts (); CREATE SCHEMA "Of Ours"; CREATE TABLE checkpoints ()')
    there = f"{address}&options=-csearch_path%3D%22Of%5C%20Ours%22"
    for place in (address, there):
        assert upgrade(place) == (0, SCHEMA_VERSION)
    with closing(PostgresStore(address)) as one, closing(PostgresStore(there)) as another:
        assert one.transact("a", once("a")) == another.transact("a", once("a")) == b"entry 1 for a"


def test_a_role_that_may_not_create_is_told(empty: str) -> None:
    server().execute(f"CREATE ROLE {empty} LOGIN")
    try:
        with pytest.raises(CreatingRefused, match="as the owner"):
            upgrade(server().url(empty, role=empty))
        server().execute(f"ALTER DATABASE {empty} OWNER TO {empty}")
        assert upgrade(server().url(empty, role=empty)) == (0, SCHEMA_VERSION)
    finally:
        server().execute(f"REASSIGN OWNED BY {empty} TO postgres", empty)
        server().execute(f"DROP ROLE {empty}")


def test_a_database_in_another_encoding_is_refused() -> None:
    address = server().create("latin", "ENCODING 'LATIN1' TEMPLATE template0")
    try:
        with pytest.raises(StoreFailed, match="LATIN1"):
            upgrade(address)
    finally:
        server().execute("DROP DATABASE latin")


def test_all_triggers_have_names_of_their_own() -> None:
    assert len(trigger_names()) == 2 * len(TABLES) + 5


# The address.


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret@127.0.0.1:1/ledger",
        "postgresql://me:s3cret@[/ledger",
        "postgresql://me:s3cret@127.0.0.1:1/ledger?nonsense=s3cret",
        "host=127.0.0.1 port=1 password=s3cret sslmode=s3cret",
        "s3cret",
    ],
)
def test_what_cannot_be_reached_is_told_without_its_password(address: str) -> None:
    with pytest.raises(StoreUnreachable) as refused:
        PostgresStore(address)
    assert "s3cret" not in "".join(traceback.format_exception(refused.value))


def test_encryption_that_a_server_has_not_is_missed(database: str) -> None:
    with pytest.raises(StoreUnreachable, match="SSL"):
        PostgresStore(f"{server().url(database, tcp=True)}?sslmode=require")


def written(authority: trustme.CA, path: Path) -> Path:
    authority.cert_pem.write_to_path(path)
    return path


if INSTALLED.is_dir():  # The server that comes as a package is built without encryption.

    @pytest.fixture
    def authority(tmp_path: Path) -> Iterator[Path]:
        """A certificate authority's file; meanwhile the server has a certificate of its own from it."""
        running, made = server(INSTALLED), trustme.CA()
        certificate = made.issue_cert("127.0.0.1")
        pems = certificate.cert_chain_pems[0], certificate.private_key_pem
        for path, pem in zip((running.data / "server.crt", running.data / "server.key"), pems, strict=True):
            path.touch(mode=0o600)
            path.write_bytes(pem.bytes())
            os.chown(path, running.folder.stat().st_uid, -1)
        running.reload(ssl="on")
        yield written(made, tmp_path / "authority.pem")
        running.reload(ssl="off")

    def test_encryption_is_as_the_address_says(authority: Path) -> None:
        with server(INSTALLED).fresh() as database:
            address = f"{server(INSTALLED).url(database, tcp=True)}?sslmode=verify-full&sslrootcert="
            with closing(PostgresStore(f"{address}{authority}")) as store:
                assert store.transact("a", once("a")) == b"entry 1 for a"
                encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
                assert store._connections.read(lambda connection: connection.execute(encrypted).fetchone()) == (True,)
            with pytest.raises(StoreUnreachable, match="certificate verify failed"):
                PostgresStore(f"{address}{written(trustme.CA(), authority.with_name('other.pem'))}")


@pytest.mark.parametrize(("value", "refused"), [("y", True), ("TRUE", True), ("1", True), ("n", False), ("", False)])
def test_appending_without_a_lock_is_refused(url: str, monkeypatch: pytest.MonkeyPatch, value: str, refused: bool) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    if not refused:
        PostgresStore(url).close()
        return
    with pytest.raises(FunctionsEnabled, match="takes no lock"):
        PostgresStore(url)


def test_connections_that_share_a_session_are_refused(url: str) -> None:
    address = Address(url)
    with address.connect() as one, address.connect() as another:
        check_own(one, another, address.name)
        with pytest.raises(TransactionPooling, match="pool_mode"):
            check_own(one, one, address.name)


def test_a_writer_that_finds_itself_in_another_session_stops(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        store.transact("c", once("c"))
        assert store._writer is not None
        assert isinstance(store._writer._database, PostgresDatabase)
        store._writer._database._session += 1
        with pytest.raises(TransactionPooling):
            store.transact("d", once("d"))
        assert positions(store) == [1, 2, 3]


# Faults.


class Ending(PostgresStore):
    """Has its session ended by the administrator, before or after its first COMMITs."""

    losing = 0
    moment: Literal["before", "after"] = "before"

    def _commit(self, connection: Connection, last: str) -> None:
        lost, self.losing = self.losing > 0, self.losing - 1
        if lost and self.moment == "before":
            self._end(connection)
        super()._commit(connection, last)
        if lost and self.moment == "after":
            self._end(connection)
            connection.execute("SELECT 1")

    def _end(self, connection: Connection) -> None:
        server().execute(f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_session_that_ends_at_commit_gives_the_original_answer(url: str, moment: Literal["before", "after"], times: int) -> None:
    with closing(Ending(url)) as store:
        store.moment, store.losing = moment, times
        with Blocked(store):
            answers = [store.submit(f"{n}", once(f"{n}")) for n in range(3)]
        assert [answer.result(SECONDS) for answer in answers] == [f"entry {n + 1} for {n}".encode() for n in range(3)]
        assert positions(store) == [1, 2, 3]


def test_a_pooler_that_lost_its_server_at_commit_is_not_believed(url: str) -> None:
    class Pooled(PostgresStore):
        losing = 1

        def _commit(self, connection: Connection, last: str) -> None:
            super()._commit(connection, last)
            self.losing -= 1
            if self.losing == 0:
                raise psycopg.errors.ConnectionFailure("server conn crashed?")

    with closing(Pooled(url)) as store:
        assert store.transact("a", once("a")) == b"entry 1 for a"
        assert positions(store) == [1]


def test_a_transaction_that_the_server_rolled_back_is_no_mystery(url: str) -> None:
    class Deferring(PostgresStore):
        def _commit(self, connection: Connection, last: str) -> None:
            connection.execute("CREATE TEMP TABLE late (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
            connection.execute("INSERT INTO late VALUES (1), (1)")
            super()._commit(connection, last)

    with closing(Deferring(url)) as store:
        with pytest.raises(StoreDamaged):
            store.transact("a", once("a"))
        assert positions(store) == []


def test_a_server_that_was_restarted_is_found_again(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        store.transact("c", once("c"))
        server().stop()
        try:
            with pytest.raises(StoreUnreachable):
                store.transact("d", once("d"))
            with pytest.raises(StoreUnreachable):
                store.head()
        finally:
            server().start()
        assert positions(store) == [1, 2, 3]
        assert store.transact("d", once("d")) == b"entry 4 for d"
        assert positions(store) == [1, 2, 3, 4]
        server().stop()
        server().start()
        assert positions(store) == [1, 2, 3, 4]
        assert store.transact("e", once("e")) == b"entry 5 for e"
        assert [entry.version for entry in store.history(MISTRAL)] == [1, 2, 3, 4, 5]


def test_nothing_is_remembered_of_a_server_that_a_lagging_copy_replaced(filled: str, database: str) -> None:
    with closing(PostgresStore(filled)) as store:
        store.transact("c", lambda transaction: (once("c")(transaction), transaction.has_streams("model:")))
        assert len(store.history(MISTRAL)) == 3
        server().execute(f"DROP DATABASE {database} WITH (FORCE)")
        server().create(database, "TEMPLATE ledger")
        assert not store.transact("d", lambda transaction: transaction.has_streams("model:"))
        assert store.transact("e", once("e")) == b"entry 1 for e"
        assert [entry.version for entry in store.history(MISTRAL)] == [1]


def test_a_lock_that_another_holds_is_waited_for_and_then_told(filled: str) -> None:
    with closing(PostgresStore(filled, busy_seconds=0.1)) as store, plain(filled) as connection:
        connection.execute(f"SELECT pg_advisory_lock({WRITE_LOCK})")
        with pytest.raises(StoreLocked, match="another process"):
            store.transact("c", once("c"))
        assert positions(store) == [1, 2]
        Timer(0.05, lambda: connection.execute(f"SELECT pg_advisory_unlock({WRITE_LOCK})")).start()
        with closing(PostgresStore(filled)) as patient:
            assert patient.transact("c", once("c")) == b"entry 3 for c"


def test_a_writer_whose_role_does_without_the_disk_waits_for_it_all_the_same(url: str, database: str) -> None:
    server().execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    seen: list[object] = []

    class Looking(PostgresStore):
        def _commit(self, connection: Connection, last: str) -> None:
            seen.extend(connection.execute("SHOW synchronous_commit").fetchone() or ())
            super()._commit(connection, last)

    with closing(Looking(url)) as store:
        store.transact("a", once("a"))
    assert seen == ["on"]


# Several workers.


def test_what_was_recorded_increases_whatever_the_workers_clocks_show(url: str) -> None:
    hour = timedelta(hours=1)
    with ExitStack() as left:
        clocks = [Hands(NOON), Hands(NOON + hour), Hands(NOON - hour)]
        stores = [left.enter_context(closing(PostgresStore(url, clock))) for clock in clocks]
        for number in range(9):
            stores[number % 3].transact(f"{number}", appending(MISTRAL, ANNOUNCED, ANNOUNCED, after=2 * number))
        log = list(stores[0].log())
    assert [entry.position for entry in log] == list(range(1, 19))
    assert all(before.recorded_at < after.recorded_at for before, after in pairwise(log))
    tick = timedelta(microseconds=1)
    assert (log[2].recorded_at, log[4].recorded_at) == (NOON + hour, NOON + hour + 2 * tick)


@pytest.mark.parametrize("others", [1, 3, 1500])
def test_what_another_worker_appends_is_taken_in(url: str, others: int) -> None:
    with closing(PostgresStore(url)) as one, closing(PostgresStore(url)) as another:
        one.transact("a", once("a"))
        events: list[Event] = [FLOOR] * others
        another.transact("b", appending(MISTRAL, *events, after=1))
        another.transact("c", once("c"))
        assert one.transact("c", once("c")) == f"entry {others + 2} for c".encode()
        assert one.transact("d", once("d")) == f"entry {others + 3} for d".encode()
        assert [entry.version for entry in one.history(MISTRAL)] == list(range(1, others + 4))
        assert one.evidence.at_one_moment(lambda snapshot: snapshot.entries().size) == others + 3


# Followers.


def test_a_follower_is_woken_by_another_workers_append(url: str) -> None:
    with closing(PostgresStore(url)) as writer, closing(PostgresStore(url, read_only=True)) as reader:
        assert reader.wait(SECONDS)
        assert not reader.wait(0.05)
        Timer(0.1, lambda: writer.transact("a", once("a"))).start()
        began = monotonic()
        assert reader.wait(SECONDS)
        assert monotonic() - began < SECONDS / 2, "it was woken, and did not wait to the end"
        assert positions(reader) == [1]
        assert not reader.wait(0.05)


def test_a_refused_append_wakes_nobody(filled: str) -> None:
    with closing(PostgresStore(filled)) as store:
        assert store.wait(SECONDS)
        with pytest.raises(KeyError):
            store.transact("failing", failing)
        store.transact("nothing", lambda transaction: transaction.keep("nothing", "print", b""))
        assert not store.wait(0.05)


def test_a_follower_whose_connection_ended_looks_and_listens_again(url: str) -> None:
    with closing(PostgresStore(url)) as store:
        assert store.wait(SECONDS)
        server().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        assert store.wait(SECONDS)
        assert store.wait(SECONDS)
        assert not store.wait(0.05)
        store.transact("a", once("a"))
        assert store.wait(SECONDS)


def test_closing_ends_waiting(url: str) -> None:
    listener = Listener(Address(url))
    assert listener.wait(SECONDS)
    Timer(0.1, listener.close).start()
    began = monotonic()
    assert not listener.wait(SECONDS)
    assert monotonic() - began < SECONDS / 2, "it was woken, and did not wait to the end"
    assert not listener.wait(SECONDS)


def test_a_replica_answers_questions_and_its_follower_looks_by_itself(filled: str, database: str) -> None:
    with server().standby() as replica, closing(PostgresStore(filled)) as store:
        with pytest.raises(WritingRefused, match="replica"):
            PostgresStore(replica.url(database))
        with closing(PostgresStore(replica.url(database), read_only=True)) as reader:
            store.transact("c", once("c"))
            until = monotonic() + SECONDS
            while reader.head().position < 3 and monotonic() < until:
                assert reader.wait(SECONDS)
            assert list(reader.log()) == list(store.log())
            assert reader.head_at(NOON) == store.head_at(NOON)
            assert reader.evidence.at_one_moment(roots) == store.evidence.at_one_moment(roots)
