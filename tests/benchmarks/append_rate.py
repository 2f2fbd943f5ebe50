"""How fast the store appends, as ratios to a bare SQLite loop of the same run.

Run by hand: `python tests/benchmarks/append_rate.py [ROUNDS=7]`. Each round measures the store between two bare loops, because the
speed of a disk that others use too changes from second to second; what counts is the median of the rounds' ratios.
"""

import asyncio
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.store.answer import Answer
from domain.store.codec import encode
from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from tests.controls import CONTROLS

CALLERS = 64
EVENT = CONTROLS["RetirementAnnounced.v1"]
TARGETS = {"one client": (0.5, None), "64 tasks": (2.0, 12.0), "64 threads": (None, None)}

SLOW_FSYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slowly(const char *name, int fd) { int (*real)(int) = dlsym(RTLD_NEXT, name); usleep(1000); return real(fd); }
int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
"""


def raw_rate(folder: Path, seconds: float) -> float:
    """One event a commit, with nothing above SQLite."""
    topic, state = encode(EVENT)
    path = Path(tempfile.mkdtemp(dir=folder)) / "raw.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE events (stream TEXT, version INTEGER, topic TEXT, state BLOB, PRIMARY KEY (stream, version))")
        count, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            count += 1
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", ("model:azure/mistral-large", count, topic, state))
            connection.execute("COMMIT")
        return count / (time.perf_counter() - began)


class Caller:
    """One client with a stream of its own and a new command key for each append."""

    def __init__(self, number: int) -> None:
        self.stream = f"model:azure/model-{number}"
        self.version = 0

    def submit(self, store: SqliteStore) -> Answer[bytes]:
        """Append one event under a command key, as the ledger does."""
        key, version = f"{self.stream}@{self.version}", self.version
        self.version += 1

        def work(transaction: Transaction) -> bytes:
            if kept := transaction.kept(key):
                return kept.answer
            (entry,) = transaction.append(self.stream, [EVENT], after=version, actor="benchmark")
            answer = b'{"position":%d}' % entry.position
            transaction.keep(key, "fingerprint", answer)
            return answer

        return store.submit(key, work)


def one_client(store: SqliteStore, seconds: float) -> int:
    caller, end = Caller(0), time.perf_counter() + seconds
    while time.perf_counter() < end:
        caller.submit(store).result()
    return caller.version


def many_tasks(store: SqliteStore, seconds: float) -> int:
    callers, end = [Caller(number) for number in range(CALLERS)], time.perf_counter() + seconds

    async def run(caller: Caller) -> None:
        while time.perf_counter() < end:
            await caller.submit(store)

    async def run_all() -> None:
        await asyncio.gather(*map(run, callers))

    asyncio.run(run_all())
    return sum(caller.version for caller in callers)


def many_threads(store: SqliteStore, seconds: float) -> int:
    callers, end = [Caller(number) for number in range(CALLERS)], time.perf_counter() + seconds

    def run(caller: Caller) -> None:
        while time.perf_counter() < end:
            caller.submit(store).result()

    threads = [Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(caller.version for caller in callers)


CLIENTS = {"one client": one_client, "64 tasks": many_tasks, "64 threads": many_threads}


def store_rate(folder: Path, clients: Callable[[SqliteStore, float], int], seconds: float) -> float:
    with closing(SqliteStore(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")) as store:
        began = time.perf_counter()
        return clients(store, seconds) / (time.perf_counter() - began)


def measure(folder: Path, rounds: int, *, slow: bool) -> None:
    print("with 1 ms slower fsync" if slow else "as the disk is", flush=True)
    for name, clients in CLIENTS.items():
        raw, rates, ratios = [raw_rate(folder, 0.5)], list[float](), list[float]()
        for _ in range(rounds):
            rates.append(store_rate(folder, clients, 1.0))
            raw.append(raw_rate(folder, 0.5))
            ratios.append(rates[-1] / statistics.mean(raw[-2:]))
        target = TARGETS[name][slow]
        print(
            f"  {name:<10}  ratio {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            f"  store {statistics.median(rates):6,.0f}/s  raw {statistics.median(raw):6,.0f}/s" + (f"  target {target}" if target else ""),
            flush=True,
        )


def slow_fsync(folder: Path) -> Path:
    """Build the library that makes each fsync a millisecond slower."""
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SLOW_FSYNC)
    compiler = shutil.which("cc")
    if compiler is None:
        sys.exit("The slow part needs a C compiler, cc.")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def main() -> None:
    rounds, slow = int(sys.argv[1]) if len(sys.argv) > 1 else 7, os.environ.get("SLOW_FSYNC") == "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure(folder, rounds, slow=slow)
        if not slow:
            environment = {**os.environ, "LD_PRELOAD": str(slow_fsync(folder)), "SLOW_FSYNC": "1"}
            subprocess.run([sys.executable, __file__, str(rounds)], env=environment, check=True)


if __name__ == "__main__":
    main()
