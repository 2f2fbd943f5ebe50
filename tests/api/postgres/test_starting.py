"""Many that start at once on one PostgreSQL server: the database is prepared once, and all of them serve it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from api.exit_codes import ExitCode
from domain.store.postgres.store import PostgresStore
from tests.api.http.processes import END_SECONDS, ROOT, Served
from tests.api.http.workers.test_workers import followed, wait_for, workers_of, write
from tests.cli import Shell
from tests.servers.postgres import server

TOGETHER = 8


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of a database with nothing in it."""
    with server().fresh(prepared=False) as name:
        yield server().url(name)


@pytest.fixture
def prepared() -> Iterator[str]:
    with server().fresh() as name:
        yield server().url(name)


def at_once(shell: Shell, times: int, *arguments: str) -> Sequence[tuple[int, str, str]]:
    """Run a command so often at the same time, and return code, output and messages of each."""
    command = [sys.executable, "-m", "api", *arguments]
    environment = {**shell.environment(), "PYTHONPATH": str(ROOT), "TMPDIR": str(shell.home)}
    with ExitStack() as left, ThreadPoolExecutor(times) as readers:
        pipe = subprocess.PIPE
        started = [subprocess.Popen(command, cwd=shell.home, env=environment, stdout=pipe, stderr=pipe, text=True) for _ in range(times)]
        for process in started:
            left.enter_context(process)
            left.callback(process.kill)
        outputs = readers.map(lambda process: process.communicate(timeout=2 * END_SECONDS), started)
        return [(process.returncode, *told) for told, process in zip(list(outputs), started, strict=True)]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_many_upgrades_at_once_make_the_tables_once(shell: Shell, empty: str) -> None:
    done = at_once(shell, TOGETHER, "db", "upgrade", "--database", empty)
    assert [code for code, _, _ in done] == [ExitCode.FINE] * TOGETHER, done
    assert Counter("nothing to do" in out for _, out, _ in done) == {True: TOGETHER - 1, False: 1}
    assert rows(empty, "SELECT count(*) FROM ledger_schema") == [(1,)]


def test_eight_workers_that_start_at_once_serve_it_together(shell: Shell, prepared: str) -> None:
    with Served(shell, "--workers", str(TOGETHER), "--database", prepared, "--actor", "tester") as served:
        wait_for(lambda: any("workers started" in line for line in served.lines))
        workers = workers_of(served)
        assert len(workers) == TOGETHER
        with ThreadPoolExecutor(TOGETHER) as callers:
            written = list(callers.map(lambda number: write(served, f"m-{number}")["position"], range(10 * TOGETHER)))
        wait_for(lambda: followed(served, max(written)))
        for worker in workers:
            with only(worker, workers):
                written.append(write(served, f"alone-{worker}")["position"])
                served.get(f"/v1/models/azure/m-0/stage?min_position={max(written)}")
        assert workers_of(served) == workers
        served.signal(signal.SIGTERM)
        assert served.ended() == ExitCode.FINE
    with closing(PostgresStore(prepared, read_only=True)) as store:
        positions = [entry.position for entry in store.log()]
    assert positions == list(range(1, len(positions) + 1))
    assert len(set(written)) == 11 * TOGETHER
    assert set(written) <= set(positions)


@contextmanager
def only(worker: int, among: Collection[int]) -> Iterator[None]:
    """Let one answer, whatever is asked, while the others stand still."""
    others = set(among) - {worker}
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)


@pytest.mark.parametrize("workers", [1, TOGETHER])
def test_a_database_that_is_not_prepared_is_refused_once_with_what_to_run(shell: Shell, empty: str, workers: int) -> None:
    arguments = ("--port", "0", "--workers", str(workers), "--database", empty, "--actor", "tester")
    for code, out, err in at_once(shell, 2, "serve", *arguments):
        assert (code, out) == (ExitCode.UNAVAILABLE, "")
        assert err.count("lifecycle db upgrade") == 1, err
        assert "Traceback" not in err
    assert rows(empty, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'ledger%'") == [(0,)]
