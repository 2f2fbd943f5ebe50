"""How fast the ledger appends, as ratios to a bare SQLite loop of the same run.

Run by hand: `python tests/benchmarks/append_rate.py [ROUNDS=7]`. Each round measures the ledger between two bare loops, because the
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
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.commands import Announce, ListModel
from domain.dates import firm
from domain.ledger import Ledger
from domain.receipts import Receipt
from domain.store.answer import Answer
from domain.store.codec import encode
from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from domain.subjects import SubjectKey
from domain.values import Source
from tests.controls import CONTROLS

CALLERS = 64
ENTRIES_A_MODEL = 10
EVENT = CONTROLS["RetirementAnnounced.v1"]
SOURCE = Source(address="https://example.com/retirements", document=None, name="benchmark", raw=None, row=None)
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


class LedgerCaller:
    """One client that lists a model and announces its dates, ten entries each, every command under a key of its own."""

    def __init__(self, store: SqliteStore, number: int) -> None:
        self.ledger = Ledger(store, "benchmark")
        self.number = number
        self.count = 0

    def submit(self) -> Answer[Receipt]:
        """Send the next command."""
        model, turn = divmod(self.count, ENTRIES_A_MODEL)
        self.count += 1
        key = SubjectKey("azure", f"model-{self.number}-{model}")
        command = announcement(key, turn) if turn else ListModel(key=key, name=key.model, source=SOURCE)
        return self.ledger.submit(command, key=f"{self.number}-{self.count}")


class StoreCaller:
    """One client that appends an event that is ready, under a command key: what the ledger does without its decisions."""

    def __init__(self, store: SqliteStore, number: int) -> None:
        self.store = store
        self.stream = f"model:azure/model-{number}"
        self.count = 0

    def submit(self) -> Answer[bytes]:
        """Append the event once more."""
        key, version = f"{self.stream}@{self.count}", self.count
        self.count += 1

        def work(transaction: Transaction) -> bytes:
            if kept := transaction.kept(key):
                return kept.answer
            (entry,) = transaction.append(self.stream, [EVENT], after=version, actor="benchmark")
            answer = b'{"position":%d}' % entry.position
            transaction.keep(key, "fingerprint", answer)
            return answer

        return self.store.submit(key, work)


Caller = LedgerCaller | StoreCaller
WORDS: dict[type[LedgerCaller] | type[StoreCaller], str] = {LedgerCaller: "through the ledger", StoreCaller: "store alone       "}


def announcement(key: SubjectKey, turn: int) -> Announce:
    """Move all three dates."""
    legacy, deprecated, retired = (firm(f"2030-0{month}-0{turn}") for month in (1, 4, 9))
    return Announce(key=key, source=SOURCE, legacy=legacy, deprecated=deprecated, retired=retired, replacements=("azure/next",))


def one_client(callers: Sequence[Caller], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        callers[0].submit().result()


def many_tasks(callers: Sequence[Caller], seconds: float) -> None:
    end = time.perf_counter() + seconds

    async def run(caller: Caller) -> None:
        while time.perf_counter() < end:
            await caller.submit()

    async def run_all() -> None:
        await asyncio.gather(*map(run, callers))

    asyncio.run(run_all())


def many_threads(callers: Sequence[Caller], seconds: float) -> None:
    end = time.perf_counter() + seconds

    def run(caller: Caller) -> None:
        while time.perf_counter() < end:
            caller.submit().result()

    threads = [Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


CLIENTS = {"one client": one_client, "64 tasks": many_tasks, "64 threads": many_threads}


def rate(
    folder: Path, kind: type[LedgerCaller] | type[StoreCaller], clients: Callable[[Sequence[Caller], float], None], seconds: float
) -> float:
    with closing(SqliteStore(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")) as store:
        callers = [kind(store, number) for number in range(CALLERS)]
        began = time.perf_counter()
        clients(callers, seconds)
        return sum(caller.count for caller in callers) / (time.perf_counter() - began)


def measure(folder: Path, rounds: int, *, slow: bool) -> None:
    print("with 1 ms slower fsync" if slow else "as the disk is", flush=True)
    for (name, clients), kind in product(CLIENTS.items(), WORDS):
        raw, rates, ratios = [raw_rate(folder, 0.5)], list[float](), list[float]()
        for _ in range(rounds):
            rates.append(rate(folder, kind, clients, 1.0))
            raw.append(raw_rate(folder, 0.5))
            ratios.append(rates[-1] / statistics.mean(raw[-2:]))
        target = TARGETS[name][slow]
        print(
            f"  {name:<10}  {WORDS[kind]}  ratio {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            f" {statistics.median(rates):6,.0f}/s  raw {statistics.median(raw):6,.0f}/s" + (f"  target {target}" if target else ""),
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
