"""Many workers on one PostgreSQL ledger, and one who follows them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pytest

from domain.recorded import Recorded
from domain.store.postgres.store import PostgresStore
from tests.domain.store.contract_suite import SECONDS
from tests.servers.postgres import server

ROOT = Path(__file__).parents[3]

WRITING_SECONDS = 10
THREADS = 4
SKEWS = (0, 3600, -3600)
"""Seconds by which the clock of each process is wrong."""

WRITERS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from time import monotonic
from domain.clock import system_clock
from domain.store.postgres.store import PostgresStore
from tests.domain.store.contract_suite import once

url, name, skew, threads, seconds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
clock = lambda: system_clock() + timedelta(seconds=skew)

def write(number):
    until, count = monotonic() + seconds, 0
    while monotonic() < until:
        key = f"{name}/{number}/{count}"
        store.transact(key, once(key, f"model:{name}/{number}-{count // 10}" if count % 3 else "model:all/same"))
        count += 1
    return count

with closing(PostgresStore(url, clock)) as store, ThreadPoolExecutor(threads) as pool:
    print(sum(pool.map(write, range(threads))))
"""


@pytest.fixture
def url() -> Iterator[str]:
    with server().fresh() as name:
        yield server().url(name)


def started(url: str, name: int, skew: int) -> "subprocess.Popen[str]":
    arguments = map(str, (url, name, skew, THREADS, WRITING_SECONDS))
    return subprocess.Popen([sys.executable, "-c", WRITERS, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_follower_misses_nothing_of_twelve_writers_in_three_processes(url: str) -> None:
    followed: list[Recorded] = []
    with ExitStack() as left:
        reader = left.enter_context(closing(PostgresStore(url, read_only=True)))
        processes = [left.enter_context(started(url, name, skew)) for name, skew in enumerate(SKEWS)]
        while any(process.poll() is None for process in processes):
            reader.wait(0.2)
            followed += reader.log(after=len(followed))
        written = sum(int(process.communicate(timeout=SECONDS)[0]) for process in processes)
        followed += reader.log(after=len(followed))
        root = reader.evidence.at_one_moment(lambda snapshot: snapshot.entries().size)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [entry.position for entry in followed] == list(range(1, written + 1))
    assert all(before.recorded_at < after.recorded_at for before, after in pairwise(followed))
    assert root == written > 100
