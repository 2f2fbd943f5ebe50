"""A ledger that is read at a replica, and who leads among all machines."""
# ruff: noqa: S608 - numbers are ours

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from domain.clock import system_clock
from domain.store.errors import StoreReadOnly
from domain.store.postgres.errors import AnotherLedger
from domain.store.postgres.lead import LEAD_LOCK, Lead
from domain.store.postgres.split import SplitStore
from domain.store.postgres.store import PostgresStore
from tests.domain.store.contract_suite import SECONDS, once, positions
from tests.servers.postgres import server

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from domain.store.postgres.lead import Lead
lead = Lead(sys.argv[1])
print(lead.leads(), flush=True)
sys.stdin.read()
"""
TAKEN_OVER_SECONDS = 5


@pytest.fixture
def database() -> Iterator[str]:
    with server().fresh() as name:
        yield name


@pytest.fixture
def url(database: str) -> str:
    return server().url(database)


def test_what_is_written_here_is_read_there(url: str, database: str) -> None:
    with server().standby() as replica:
        there = replica.url(database)
        with closing(PostgresStore(url)) as writes, closing(PostgresStore(there, read_only=True)) as reads:
            store = SplitStore(writes, reads)
            assert store.transact("a", once("a")) == b"entry 1 for a"
            assert store.submit("b", once("b")).result(SECONDS) == b"entry 2 for b"
            until = monotonic() + SECONDS
            while store.head().position < 2 and monotonic() < until:
                assert store.wait(SECONDS)
            assert not store.hears, "a replica tells nothing"
            assert positions(store) == [1, 2]
            assert (store.head(), store.schema_version()) == (writes.head(), writes.schema_version())
            for stream in store.streams(""):
                assert store.history(stream) == writes.history(stream)
            assert list(store.by_stream(2)) == list(writes.by_stream(2))
            assert list(store.outline(0, 2)) == list(writes.outline(0, 2))
            assert store.head_at(system_clock() + timedelta(days=1)) == writes.head()
            kept = store.kept("a")
            assert kept is not None
            assert kept.answer == b"entry 1 for a"
            assert store.evidence.keep_checkpoint(1, 2, "note")
            with pytest.raises(StoreReadOnly):
                reads.evidence.keep_checkpoint(2, 2, "note")


def test_another_ledger_is_no_replica(url: str) -> None:
    with server().fresh() as other, closing(PostgresStore(url)) as writes:
        writes.transact("a", once("a"))
        with closing(PostgresStore(server().url(other))) as reads:
            SplitStore(writes, reads)  # It is behind, and can still become one.
            reads.transact("b", once("b"))
            with pytest.raises(AnotherLedger, match="LIFECYCLE_READ_DATABASE"):
                SplitStore(writes, reads)
            reads.transact("c", once("c"))
            with pytest.raises(AnotherLedger):
                SplitStore(writes, reads)


def test_one_session_leads_and_another_when_it_ends(url: str) -> None:
    first, second = Lead(url), Lead(url)
    assert first.leads()
    assert not second.leads()
    assert first.leads(), "again"
    server().execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objid = {LEAD_LOCK}")
    assert second.leads()
    assert not first.leads()
    second.close()
    assert first.leads()
    first.close()


def test_a_killed_leader_is_followed_within_seconds(url: str) -> None:
    own = Lead(url)
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=-1, stdout=-1, text=True, cwd=ROOT) as other:
        assert other.stdout
        assert other.stdout.readline() == "True\n"
        assert not own.leads()
        other.kill()
        other.wait(SECONDS)
    until = monotonic() + TAKEN_OVER_SECONDS
    while not own.leads():
        assert monotonic() < until
        sleep(0.05)
    own.close()


def test_who_cannot_reach_the_server_does_not_lead() -> None:
    assert not Lead("postgresql://nobody@127.0.0.1:1/none").leads()
