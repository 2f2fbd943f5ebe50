"""How fast the store on PostgreSQL appends, as ratios to bare psycopg in the same run, on a server that waits for the disk.

Run by hand: `python tests/benchmarks/postgres_rate.py [ROUNDS=5]`. Each round measures the store between two bare loops, because the speed
of a machine that others use too changes from second to second; what counts is the median of the rounds' ratios. Workers are processes of
their own, each with its share of the callers, which are tasks that append one event each time, under a command key of its own. Others are
measured beside it in the same rounds, where they are installed: see `postgres_others.py`.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psycopg

from domain.store.codec import encode
from domain.store.contract import Transaction
from domain.store.postgres.store import PostgresStore
from tests.benchmarks.postgres_others import emmett_rate, plain_rate
from tests.controls import CONTROLS
from tests.servers.postgres import durable_server

ROOT = Path(__file__).resolve().parents[2]
EVENT = CONTROLS["RetirementAnnounced.v1"]
BATCH = 1000
SECONDS = 2.0
CASES = ((1, 1), (8, 1), (8, 2), (64, 1), (64, 2))
"""Callers and workers."""

_TABLE = "CREATE TABLE bare (stream text, version integer, topic text, state bytea, PRIMARY KEY (stream, version))"
_ROW = "INSERT INTO bare VALUES (%s, %s, %s, %s)"
_ROWS = "INSERT INTO bare SELECT * FROM unnest(%b::text[], %b::integer[], %b::text[], %b::bytea[])"

_numbers = count(1)


def appending(stream: str, after: int, key: str) -> Callable[[Transaction], bytes]:
    """Work as the ledger does it: the kept answer, or else an append whose answer is kept."""

    def work(transaction: Transaction) -> bytes:
        if kept := transaction.kept(key):
            return kept.answer
        (entry,) = transaction.append(stream, [EVENT], after=after, actor="benchmark")
        answer = b'{"position":%d}' % entry.position
        transaction.keep(key, "fingerprint", answer)
        return answer

    return work


async def work_as_callers(store: PostgresStore, name: str, callers: int, seconds: float) -> int:
    """Append with so many tasks; return how often."""
    end, done = time.perf_counter() + seconds, [0] * callers

    async def call(caller: int) -> None:
        while time.perf_counter() < end:
            model, turn = divmod(done[caller], 10)
            stream = f"model:azure/{name}-{caller}-{model}"
            key = f"{stream}@{turn}"
            await store.submit(key, appending(stream, turn, key))
            done[caller] += 1

    await asyncio.gather(*map(call, range(callers)))
    return sum(done)


def worker(url: str, name: str, callers: int) -> None:
    """Be one worker: append once told to, and tell the rate."""
    with closing(PostgresStore(url)) as store:
        asyncio.run(work_as_callers(store, f"{name}-warm", callers, 0.3))
        print(flush=True)
        sys.stdin.readline()
        began = time.perf_counter()
        done = asyncio.run(work_as_callers(store, name, callers, SECONDS))
        print(done / (time.perf_counter() - began), flush=True)


def store_rate(url: str, callers: int, workers: int) -> float:
    """Return the entries a second of so many callers over so many workers."""
    arguments = [sys.executable, __file__, "worker", url]
    started = [
        subprocess.Popen(
            [*arguments, f"w{next(_numbers)}", str(callers // workers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(workers)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return sum(float(process.communicate()[0]) for process in started)


def batch_rate(url: str) -> float:
    """Return the entries a second of one caller who appends a thousand at a time."""
    with closing(PostgresStore(url)) as store:
        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + SECONDS:
            stream = f"model:azure/batch-{next(_numbers)}"
            store.transact(stream, batch(stream))
            done += BATCH
        return done / (time.perf_counter() - began)


def batch(stream: str) -> Callable[[Transaction], int]:
    """Work that appends a thousand events."""
    return lambda transaction: len(transaction.append(stream, [EVENT] * BATCH, after=0, actor="benchmark"))


def bare_rate(url: str) -> float:
    """Return the rows a second of one connection, one row a COMMIT."""
    topic, state = encode(EVENT)
    with psycopg.connect(url, autocommit=True) as connection:
        stream, began, done = f"bare-{next(_numbers)}", time.perf_counter(), 0
        while time.perf_counter() < began + 1:
            done += 1
            connection.execute(_ROW, (stream, done, topic, state))
        return done / (time.perf_counter() - began)


def bare_batch_rate(url: str) -> float:
    """Return the rows a second of one connection, a thousand rows a COMMIT."""
    topic, state = encode(EVENT)
    versions, topics, states = list(range(1, BATCH + 1)), [topic] * BATCH, [state] * BATCH
    with psycopg.connect(url, autocommit=True) as connection:
        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + 1:
            stream = f"bare-{next(_numbers)}"
            connection.execute(_ROWS, ([stream] * BATCH, versions, topics, states))
            done += BATCH
        return done / (time.perf_counter() - began)


Rate = Callable[[], float | None]


def measure(name: str, rounds: int, rate: Callable[[], float], bare: Callable[[], float], others: Mapping[str, Rate]) -> None:
    """Measure between two bare loops, and others in the same rounds; tell the ratios."""
    raw, rates, ratios = [bare()], list[float](), list[float]()
    beside: dict[str, list[float]] = {other: [] for other in others}
    for _ in range(rounds):
        rates.append(rate())
        raw.append(bare())
        ratios.append(rates[-1] / statistics.mean(raw[-2:]))
        for other, measured in others.items():
            if (found := measured()) is not None:
                beside[other].append(found)
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    told = f"{statistics.median(rates):7,.0f}/s  bare {statistics.median(raw):7,.0f}/s"
    for other, found_rates in beside.items():
        if found_rates:
            times = statistics.median(own / found for own, found in zip(rates, found_rates, strict=True))
            told += f"  {other} {statistics.median(found_rates):6,.0f}/s (we {times:.1f} times)"
    print(f"  {name:<26} ratio {statistics.median(ratios):5.2f} {spread:<15} {told}", flush=True)


def measure_all(url: str, rounds: int) -> None:
    """Measure all cases at one address."""
    for callers, workers in CASES:
        name = f"{callers} caller{'s' * (callers > 1)}, {workers} worker{'s' * (workers > 1)}"
        others = {"library": partial(plain_rate, url, callers, workers), "Emmett": partial(emmett_rate, url, callers, workers)}
        measure(name, rounds, partial(store_rate, url, callers, workers), partial(bare_rate, url), others)
    measure("batches of a thousand", rounds, partial(batch_rate, url), partial(bare_batch_rate, url), {})


def main() -> None:
    """Measure over a socket and over TCP."""
    rounds, server = int(sys.argv[1]) if len(sys.argv) > 1 else 5, durable_server()
    for place, tcp in (("a socket", False), ("TCP", True)):
        print(f"over {place}", flush=True)
        with server.fresh() as database:
            server.execute(_TABLE, database)
            measure_all(server.url(database, tcp=tcp), rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
