"""The store behind a real PgBouncer: whole sessions carry it, anything less is refused, and a restart loses nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from queue import Queue
from threading import Event, Timer
from time import monotonic
from typing import Literal

import psycopg
import pytest

from domain.store.errors import OutcomeUnknown, StoreFault
from domain.store.postgres.address import Connection
from domain.store.postgres.errors import PoolExhausted, TransactionPooling
from domain.store.postgres.schema import upgrade
from domain.store.postgres.store import PostgresStore
from domain.store.postgres.tables import SCHEMA_VERSION
from tests.domain.store.contract_suite import SECONDS, once, positions
from tests.servers.pgbouncer import INSTALLED, Mode, Pooler, pooler
from tests.servers.postgres import server

pytestmark = pytest.mark.skipif(not INSTALLED.is_file(), reason="PgBouncer is not installed")

CALLERS = 64
LENDING: tuple[Mode, ...] = ("transaction", "statement")


@pytest.fixture
def database() -> Iterator[str]:
    with server().fresh() as name:
        yield name


@pytest.fixture
def bouncer() -> Iterator[Pooler]:
    with pooler(server().url("postgres", tcp=True)) as found:
        yield found


def prepared_statements(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute("SELECT name, current_setting('default_transaction_read_only') FROM pg_prepared_statements").fetchall()


# Whole sessions.


def test_three_workers_and_their_callers_share_a_ledger(bouncer: Pooler) -> None:
    with server().fresh(prepared=False) as name, ExitStack() as left:
        url = bouncer.url(name)
        assert [upgrade(url), upgrade(url)] == [(0, SCHEMA_VERSION), (SCHEMA_VERSION, SCHEMA_VERSION)]
        stores = [left.enter_context(closing(PostgresStore(url))) for _ in range(3)]

        def call(number: int) -> bytes:
            store, key, stream = stores[number % 3], f"k{number}", f"model:a/{number % 5}"
            answer = store.transact(key, once(key, stream))
            assert any(answer == f"entry {entry.position} for {key}".encode() for entry in store.history(stream))
            return answer

        with ThreadPoolExecutor(CALLERS) as callers:
            answers = list(callers.map(call, range(3 * CALLERS)))
        assert [answers, positions(stores[0])] == [list(callers_again(stores, answers)), list(range(1, 3 * CALLERS + 1))]
        assert len(set(answers)) == 3 * CALLERS
        assert len({store.evidence.at_one_moment(lambda snapshot: snapshot.entries()) for store in stores}) == 1


def callers_again(stores: list[PostgresStore], answers: list[bytes]) -> Iterator[bytes]:
    """What the same commands are answered by other workers."""
    for number in range(len(answers)):
        yield stores[(number + 1) % 3].transact(f"k{number}", once(f"k{number}"))


def test_a_follower_is_woken_through_it(bouncer: Pooler, database: str) -> None:
    url = bouncer.url(database)
    with closing(PostgresStore(url)) as writer, closing(PostgresStore(url, read_only=True)) as reader:
        assert reader.wait(SECONDS)
        assert reader.hears
        Timer(0.1, lambda: writer.transact("a", once("a"))).start()
        began = monotonic()
        assert reader.wait(SECONDS)
        assert monotonic() - began < SECONDS / 2, "it was woken, and did not wait to the end"
        assert positions(reader) == [1]


def test_a_session_that_was_given_back_serves_the_next_worker_as_new(database: str) -> None:
    with pooler(server().url("postgres", tcp=True), size=3) as bouncer:
        for number in range(3):
            with closing(PostgresStore(bouncer.url(database))) as store:
                assert store.wait(SECONDS)
                assert store.transact(f"k{number}", once(f"k{number}")) == f"entry {number + 1} for k{number}".encode()
        assert prepared_statements(bouncer.url(database)) == []
        assert len(bouncer.tell("SHOW SERVERS")) <= 3


# Less than whole sessions.


@pytest.mark.parametrize("mode", LENDING)
@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
def test_a_pooler_that_lends_less_is_refused_at_once(database: str, mode: Mode, *, read_only: bool) -> None:
    with pooler(server().url("postgres", tcp=True), mode) as bouncer:
        for _ in range(3):
            with pytest.raises(TransactionPooling) as refused:
                PostgresStore(bouncer.url(database), read_only=read_only)
    assert "each transaction gets another session" in refused.value.sentence
    assert "Set its pool_mode to session, or connect to the server itself." in refused.value.sentence


def test_writers_whose_sessions_were_exchanged_stop(bouncer: Pooler, database: str) -> None:
    with closing(PostgresStore(bouncer.url(database))) as one, closing(PostgresStore(bouncer.url(database))) as other:
        one.transact("a", once("a"))
        other.transact("b", once("b"))
        bouncer.switch("transaction")
        one.transact("c", once("c"))
        other.transact("d", once("d"))
        with pytest.raises(TransactionPooling):  # It gets the session of the other one, who gave it back last.
            one.transact("e", once("e"))
    with closing(PostgresStore(server().url(database))) as direct:
        assert positions(direct) == [1, 2, 3, 4]


@pytest.mark.parametrize("mode", LENDING)
def test_a_worker_whose_pooler_lends_less_from_now_on_says_so(bouncer: Pooler, database: str, mode: Mode) -> None:
    with closing(PostgresStore(bouncer.url(database))) as store:
        store.transact("a", once("a"))
        bouncer.switch(mode)
        with suppress(TransactionPooling):  # The session that it gives back with its first transaction may be its own once more.
            store.transact("b", once("b"))
        store.head()
        with pytest.raises(TransactionPooling):
            store.transact("c", once("c"))


def test_what_is_refused_leaves_no_setting_to_others_of_the_pool(database: str) -> None:
    with pooler(server().url("postgres", tcp=True), "transaction") as bouncer:
        with pytest.raises(TransactionPooling):
            PostgresStore(bouncer.url(database))
        with psycopg.connect(bouncer.url(database), autocommit=True) as connection:
            assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("off",)


@pytest.mark.parametrize("mode", LENDING)
def test_whatever_its_pooler_becomes_a_worker_writes_once_or_not_at_all(bouncer: Pooler, database: str, mode: Mode) -> None:
    answers = []
    with closing(PostgresStore(bouncer.url(database))) as store:
        store.transact("a", once("a"))
        bouncer.switch(mode)
        for key in "bcde":
            with suppress(StoreFault):
                answers.append(store.transact(key, once(key)))
            store.head()
    assert len(answers) < 4
    with closing(PostgresStore(server().url(database))) as direct:
        assert positions(direct) == list(range(1, len(answers) + 2))


def test_a_pool_that_has_no_session_left_says_so(database: str) -> None:
    with (
        pooler(server().url("postgres", tcp=True), size=1, wait_seconds=1) as bouncer,
        pytest.raises(PoolExhausted, match="default_pool_size"),
    ):
        PostgresStore(bouncer.url(database))


# A restart.


@pytest.mark.parametrize("times", [1, 3])
def test_an_append_after_a_restart_goes_through(bouncer: Pooler, database: str, times: int) -> None:
    with closing(PostgresStore(bouncer.url(database))) as store:
        store.transact("a", once("a"))
        for _ in range(times):
            bouncer.restart()
        assert store.transact("b", once("b")) == b"entry 2 for b"
        assert positions(store) == [1, 2]


class Restarting(PostgresStore):
    """Has the pooler restarted before or after its first COMMIT."""

    bouncer: Pooler
    moment: Literal["before", "after"] | None = None

    def _commit(self, connection: Connection, last: str) -> None:
        moment, self.moment = self.moment, None
        if moment == "before":
            self.bouncer.restart()
        super()._commit(connection, last)
        if moment == "after":
            self.bouncer.restart()
            connection.execute("SELECT 1")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_whose_answer_was_lost_is_carried_out_once(bouncer: Pooler, database: str, moment: Literal["before", "after"]) -> None:
    with closing(Restarting(bouncer.url(database))) as store:
        store.bouncer, store.moment = bouncer, moment
        assert store.transact("a", once("a")) == b"entry 1 for a"
        assert store.transact("a", once("a")) == b"entry 1 for a"
        assert positions(store) == [1]


def test_callers_over_restarts_lose_nothing_and_write_nothing_twice(bouncer: Pooler, database: str) -> None:
    answered: Queue[tuple[str, bytes]] = Queue()
    stopping = Event()

    def call(caller: int) -> None:
        number = 0
        while not stopping.is_set():
            key = f"{caller}/{number}"
            with suppress(StoreFault, OutcomeUnknown):  # What failed, or is not known, is asked again under its key.
                answered.put((key, store.transact(key, once(key))))
                number += 1

    with closing(PostgresStore(bouncer.url(database))) as store, ThreadPoolExecutor(8) as callers:
        calling = [callers.submit(call, number) for number in range(8)]
        told = dict(answered.get(timeout=SECONDS) for _ in range(50))
        try:
            for _ in range(3):
                bouncer.restart()
                told.update(answered.get(timeout=SECONDS) for _ in range(50))
        finally:
            stopping.set()
        for ended in calling:
            ended.result(SECONDS)
        told.update(answered.get_nowait() for _ in range(answered.qsize()))
        assert len({answer.split()[1] for answer in told.values()}) == len(told)
        assert {key: store.transact(key, once(key)) for key in told} == told
        assert len(told) <= store.head().position <= len(told) + 8  # Who was stopped while it was not known may have written.
        assert positions(store) == list(range(1, store.head().position + 1))
