"""What telling people costs. Run by hand: `python tests/benchmarks/notices.py [RECIPIENTS=100000] [DELIVERED=10000] [ROUNDS=3]`.

A directory is imported by one process, five people to a subscription; another, new one announces a date and records the audience: how long,
and with how much memory. Then a smaller run is delivered to a mail server that does nothing but answer, between bare aiosmtplib loops that
send messages of the same length over as many connections in the same minute; what counts is the median of the rounds' ratios. Last come the
bytes that the log grew by for each recipient, outcome included, and how fast the view takes such a run in.

Targets: the audience under 5 s and 300 MB, 200 bytes a recipient, 0.5 of the bare loop.
"""

import asyncio
import cProfile
import os
import pstats
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import islice, zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from aiosmtplib import SMTP

from api.delivery.mail import mail
from api.delivery.notice import Address, Outgoing, Place
from api.delivery.rendering import rendered
from api.notices.audience import record_audience
from api.notices.worker import Worker
from domain.clock import system_clock
from domain.directory.commands import SubscriptionSnapshot
from domain.events import Position
from projections.tables.views import Views
from tests.api.notices.site import ROLES, Site, site_at, snapshot, user
from tests.ledgers import HandClock
from tests.servers.sink import HOST, Sink, sink
from tests.servers.smtp import Mailbox
from tests.spec import KEY

A_SUBSCRIPTION = 5
TOGETHER = 500
"""Subscriptions that are recorded by one command."""
MEGABYTE = 1024
CONNECTIONS = 4
SENDER = Address("Model lifecycle notices", "model-lifecycle@localhost")


class RunningClock(HandClock):
    """The machine's."""

    def __call__(self) -> datetime:
        return system_clock()


def fill(site: Site, recipients: int) -> None:
    """Import a directory, and let the views take it in."""
    for first in range(0, recipients, A_SUBSCRIPTION * TOGETHER):
        ids = site.known(*(f"person{number}@example.com" for number in range(first, min(first + A_SUBSCRIPTION * TOGETHER, recipients))))
        members = iter(user(id_, ROLES[number % len(ROLES)]) for number, id_ in enumerate(ids))
        snapshots = list[SubscriptionSnapshot]()
        while some := list(islice(members, A_SUBSCRIPTION)):
            snapshots.append(snapshot(f"5ab00000-0000-4000-8000-{first + len(snapshots):012}", *some))
        site.record(*snapshots)
    site.office.views.catch_up(site.ledger.store)


def open_run(site: Site) -> tuple[Position, float]:
    """Announce a date and record the audience; return the run, and the seconds."""
    began = time.perf_counter()
    run = site.announced(deprecated="2030-03-01", retired="2030-07-01", legacy="2030-01-01")
    record_audience(site.ledger, site.office.views, site.office.people, KEY, run)
    return run, time.perf_counter() - began


def in_child(part: str, folder: Path, *more: object) -> None:
    """Let a new process do a part of it alone, so that its memory is its own."""
    subprocess.run([sys.executable, __file__, "--child", part, str(folder), *map(str, more)], check=True)


def child(part: str, folder: str, *more: str) -> None:
    with site_at(Path(folder), RunningClock()) as site:
        if part == "import":
            began = time.perf_counter()
            fill(site, int(more[0]))
            print(f"imported: {int(more[0]):,} people in {time.perf_counter() - began:.1f} s", flush=True)
        else:
            before = peak()
            run, took = open_run(site)
            state = site.run(run)
            print(f"audience of {state.recipients:,} in {state.chunks} chunks: {took:.2f} s (asked: < 5)")
            print(f"peak memory of a process that does only that: {peak()} MB, {before} of them before (asked: < 300)", flush=True)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE


def message_of(site: Site, run: Position) -> bytes:
    """Return a notice of the run as it goes over the wire."""
    opened = site.run(run).opened
    assert opened is not None
    to = Address("Name of person1@example.com", "person1@example.com")
    places = (Place("5ab00000-0000-4000-8000-000000000001", ("owner",)),)
    links = site.office.links
    outgoing = Outgoing(run, 1, opened, places, to, links.acknowledge(run, 1), links.model(str(KEY)))
    return mail(outgoing, to, rendered(outgoing), SENDER, system_clock())


def bare_rate(port: int, message: bytes, count: int) -> float:
    """Send as many messages over as many connections, with nothing around it; return how many a second."""

    async def work(left: list[int]) -> None:
        async with SMTP(hostname=HOST, port=port, start_tls=False) as client:
            while left:
                await client.sendmail(SENDER.address, f"person{left.pop()}@example.com", message)

    async def run() -> None:
        left = list(range(count))
        await asyncio.gather(*(work(left) for _ in range(CONNECTIONS)))

    return count / seconds(lambda: asyncio.run(run()))


def worker_rate(site: Site, count: int) -> float:
    """Deliver a run whose audience is recorded, from the first address opened to the run closed."""
    took = seconds(lambda: site.with_worker(Worker.round))
    return count / took


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def log_bytes(site: Site) -> int:
    """Return the length of the log's file with all that was written."""
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return site.path.stat().st_size


def measure_delivery(folder: Path, count: int, rounds: int) -> None:
    with site_at(folder, RunningClock()) as site, sink(folder / "mails") as server:
        site.mail_through(Mailbox(port=server.port))
        fill(site, count)
        ratios, bare = list[float](), list[float]()
        for number in range(rounds):
            before = log_bytes(site)
            run = site.announced(deprecated="2030-03-01", retired=f"2030-07-{number + 1:02}", legacy="2030-01-01")
            record_audience(site.ledger, site.office.views, site.office.people, KEY, run)
            message = message_of(site, run)
            bare.append(bare_rate(server.port, message, count // 2))
            rate = worker_rate(site, count)
            bare.append(bare_rate(server.port, message, count // 2))
            ratios.append(rate / statistics.mean(bare[-2:]))
            closed = site.run(run).closed
            assert closed is not None
            assert closed.accepted == count
            grown = (log_bytes(site) - before) / count
            print(f"  {rate:,.0f} a second, bare {bare[-2]:,.0f} and {bare[-1]:,.0f} of {len(message)} bytes: {ratios[-1]:.2f}", flush=True)
        print(f"delivery: {statistics.median(ratios):.2f} of the bare loop (asked: 0.5)")
        print(f"the log grew by {grown:.0f} bytes a recipient, outcome included (asked: < 200)")
        check(server, count, rounds)
        measure_view(site, folder)


def check(server: Sink, count: int, rounds: int) -> None:
    """See that all was sent: each round as often by the worker, and half as often twice by the loop."""
    assert server.messages() == 2 * count * rounds


def measure_view(site: Site, folder: Path) -> None:
    """Fill new views from the whole log."""
    with Views.open(folder / "new.views.db") as views:
        took = seconds(lambda: views.catch_up(site.ledger.store))
        rows = views.count("notices") + views.count("directory")
        print(f"views: {rows:,} rows of notices and directory in {took:.1f} s, {rows / took:,.0f} a second")


def profile(folder: Path, count: int) -> None:
    """Print where the worker's time goes."""
    with site_at(folder, RunningClock()) as site, sink(folder / "mails") as server:
        site.mail_through(Mailbox(port=server.port))
        fill(site, count)
        open_run(site)
        watched = cProfile.Profile()
        watched.runcall(site.with_worker, Worker.round)
        pstats.Stats(watched).sort_stats("tottime").print_stats(35)
        pstats.Stats(watched).sort_stats("cumtime").print_stats("api/|domain/|projections/")


def main() -> None:
    recipients, delivered, rounds = (int(text or default) for text, default in zip_longest(sys.argv[1:], (100_000, 10_000, 3)))
    with tempfile.TemporaryDirectory() as name:
        large, small = Path(name) / "large", Path(name) / "small"
        large.mkdir()
        small.mkdir()
        in_child("import", large, recipients)
        before = (large / "ledger.db").stat().st_size
        in_child("open", large)
        grown = ((large / "ledger.db").stat().st_size - before) / recipients
        print(f"the log grew by {grown:.0f} bytes a recipient, without outcomes", flush=True)
        measure_delivery(small, delivered, rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    elif os.environ.get("PROFILE"):
        with tempfile.TemporaryDirectory() as name:
            profile(Path(name), 5000)
    else:
        main()
