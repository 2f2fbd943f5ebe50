"""What the guards of the PostgreSQL store cost, and how an earlier release's are renewed."""

from contextlib import closing
from time import monotonic, sleep

import psycopg

from domain.store.contract import Transaction
from domain.store.postgres.guards import body
from domain.store.postgres.schema import upgrade
from domain.store.postgres.store import PostgresStore
from tests.domain.store.contract_suite import ANNOUNCED, SECONDS
from tests.servers.postgres import server

LENGTH = 32
"""Entries of an append."""

_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_READ = "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'ledger_entries'"


def append(store: PostgresStore, number: int) -> None:
    def work(transaction: Transaction) -> None:
        transaction.append(f"model:azure/m{number}", [ANNOUNCED] * LENGTH, after=0, actor="a")

    store.transact(str(number), work)


def cost(url: str, numbers: range) -> float:
    """Return how many places of the entries' indexes an append reads. A session tells it at its end, and the server a little later."""
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute(_READ).fetchall()[0][0]
        with closing(PostgresStore(url)) as store:
            for number in numbers:
                append(store, number)
        until = monotonic() + SECONDS
        while (sessions := connection.execute(_OTHERS).fetchall()[0][0]) and monotonic() < until:
            sleep(0.01)
        assert not sessions
        return float(connection.execute(_READ).fetchall()[0][0] - before) / len(numbers)


def test_an_append_reads_no_more_of_a_long_log_than_of_a_short_one() -> None:
    with server().fresh() as name:
        url = server().url(name)
        short, long = cost(url, range(10)), cost(url, range(10, 100))
        assert 0 < long < 2 * short


def test_preparing_again_renews_the_guards_of_an_earlier_release() -> None:
    with server().fresh() as name:
        url = server().url(name)
        older = "CREATE OR REPLACE FUNCTION ledger_nodes_guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"
        server().execute(older, name)
        upgrade(url)
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'ledger_nodes_guard'").fetchall()
        assert found == [(body("ledger_nodes"),)]
