"""How a service on PostgreSQL learns that the log has grown, and where it reads."""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from api.http.service import Service
from api.http.serving import _on_loop
from api.http.tailing import Tail
from api.http.workers.leading import Leading
from domain.ledger import Ledger
from domain.store.postgres.lead import Lead
from domain.store.postgres.store import PostgresStore
from tests.api.http.processes import Served
from tests.api.http.workers.test_workers import wait_for, workers_of, write
from tests.cli import Shell
from tests.domain.store.contract_suite import SECONDS, once
from tests.servers.postgres import server


@pytest.fixture
def database() -> Iterator[str]:
    with server().fresh() as name:
        yield name


@pytest.fixture
def url(database: str) -> str:
    return server().url(database)


async def until(true: Callable[[], bool]) -> None:
    end = monotonic() + SECONDS
    while not true():
        assert monotonic() < end, "it did not come to be"
        await asyncio.sleep(0.01)


def test_a_service_is_told_of_what_another_process_appends_and_asks_nobody(url: str) -> None:
    async def follow(store: PostgresStore, other: PostgresStore) -> None:
        service, loop = Service(Ledger(store, "tester")), asyncio.get_running_loop()
        tail = Tail(store, partial(_on_loop, loop, service.notice))
        service.told = tail.hears
        assert not service.told()
        tail.start()
        await until(service.told)
        other.transact("a", once("a"))
        await until(lambda: service.position == 1)
        service.refresh = lambda: pytest.fail("it asked")  # type: ignore[method-assign]
        service.look()
        del service.refresh
        server().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        other.transact("b", once("b"))
        await until(lambda: service.position == 2)
        await until(service.told)
        await asyncio.to_thread(tail.close, SECONDS)
        assert not service.told()
        other.transact("c", once("c"))
        service.look()
        assert service.position == 3

    with closing(PostgresStore(url)) as store, closing(PostgresStore(url)) as other:
        asyncio.run(follow(store, other))


def test_each_machine_keeps_its_views_and_one_of_them_leads(url: str, tmp_path: Path) -> None:
    with ExitStack() as held:
        machines = [Leading(tmp_path / name, Lead(url)) for name in ("one.db", "other.db")]
        for machine in machines:
            held.callback(machine.close)
        assert [machine.leads_here() for machine in machines] == [True, True]
        assert [machine.leads() for machine in machines] == [True, False]
        machines[0].close()
        assert machines[1].leads()
        assert machines[0].leads_here()
        assert not machines[0].leads()


def test_workers_read_a_replica_and_a_sender_reads_what_it_wrote(database: str, url: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with server().standby() as replica:
        settings = {"LIFECYCLE_READ_DATABASE": replica.url(database)}
        with Served(shell, "--workers", "2", "--database", url, "--actor", "tester", settings=settings) as served:
            wait_for(lambda: any("workers started" in line for line in served.lines))
            assert len(workers_of(served)) == 2
            for number in range(5):
                position = write(served, f"m-{number}")["position"]
                for _ in range(3):
                    assert served.ask(f"/v1/models/azure/m-{number}/stage?min_position={position}")[0] == 200
            replica.stop()
            served.ask("/v1/models")
            status, _, body = served.ask("/v1/models")
            assert status == 503, body
            assert "postgres@" not in body.decode()
            assert json.loads(body)["status"] == 503
            replica.start()
            wait_for(partial(answers, served))
            served.signal(signal.SIGTERM)
            assert served.ended() == 0


def answers(served: Served) -> bool:
    return served.ask("/v1/models")[0] == 200
