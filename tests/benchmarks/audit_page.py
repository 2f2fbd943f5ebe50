"""What a page of the audit costs at 1,000,000 rows. Run by hand: `python tests/benchmarks/audit_page.py [ROWS=1000000]`.

A page of 100 rows by run, by model, by person and by subscription, beside the limit, measured in the same run: reading as many rows of one
bare clustered table that holds nothing else. Target: the question under 1 ms at the 99th of a hundred. The views are filled from a log of
chunks: those recipients a second stand beside the same rows, finished, inserted by the database's own driver.
"""

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import Connection

from domain.dates import firm
from domain.events import Event
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    NotificationRunOpened,
    Outcome,
    Reason,
    Recipient,
    Result,
    RunCause,
    Schedule,
    SubscriptionCount,
)
from domain.store.sqlite import SqliteStore
from domain.streams import notice_stream
from domain.subjects import WHOLE, SubjectKey
from projections.notices.audit import AuditFilter, AuditKey, audit
from projections.notices.coverage import coverage
from projections.notices.tables import TABLES
from projections.notices.view import VIEW
from projections.tables.prepared import Prepared
from projections.tables.views import Views, views_path

ROWS, RUNS, MODELS, CHUNK, PAGE, QUESTIONS = 1_000_000, 10, 5, 1000, 100, 2000
ROLES = ("contributor", "monitoring contributor", "monitoring reader", "owner", "reader")
AT = datetime(2025, 1, 1, tzinfo=UTC)


def key_of(run: int) -> SubjectKey:
    return SubjectKey("azure", f"model-{run % MODELS}")


def person(number: int) -> str:
    """Return an opaque id; ids lie in no order."""
    return f"{number * 2654435761 % 2**32:08x}{number:024x}"


def opened(run: int, place: int) -> NotificationRunOpened:
    return NotificationRunOpened(
        after=Schedule(legacy=firm("2025-01-15"), deprecated=firm("2025-02-15"), retired=firm("2025-05-15")),
        before=None,
        cause=RunCause.ANNOUNCED,
        claim=1,
        deprecated_days_min=90,
        key=key_of(place),
        legacy_days_min=30,
        link=None,
        name="Model",
        opened_at=AT,
        policy_version=1,
        provider=None,
        replacements=(),
        replacements_before=(),
        roles=ROLES,
        run=run,
        scope=WHOLE,
    )


def chunks(run: int, recipients: int) -> Iterator[tuple[AudienceRecorded, DeliveriesRecorded]]:
    """Yield the audience, five people to a subscription, each with the outcomes of the same people."""
    for first in range(1, recipients + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, recipients + 1))
        names = [f"{number:08x}-0000-4000-8000-000000000000" for number in range((first - 1) // 5, (numbers[-1] + 4) // 5)]
        audience = AudienceRecorded(
            chunk=(first - 1) // CHUNK + 1,
            complete=numbers[-1] == recipients,
            counts={},
            digest="d" * 64,
            excluded=(),
            excluded_so_far=0,
            recipients=tuple(Recipient(person(number), 1, (Reason((number - first) // 5, number % 5),)) for number in numbers),
            recipients_so_far=numbers[-1],
            roles=ROLES,
            run=run,
            subscriptions=tuple(SubscriptionCount(name, 5) for name in names),
        )
        outcomes = tuple(Outcome(number, Result.ACCEPTED, number - first, "250", f"{number:012x}") for number in numbers)
        told = DeliveriesRecorded(accepted=numbers[-1], channel="smtp", failed=0, outcomes=outcomes, reported_by=None, run=run, since=AT)
        yield audience, told


def fill(store: SqliteStore, rows: int) -> list[int]:
    """Append runs of equal length, and return them."""
    runs: list[int] = []
    for place in range(RUNS):
        run = store.head().position + 1
        runs.append(run)
        parts = list(chunks(run, rows // RUNS))
        said: list[Event] = [opened(run, place), *(audience for audience, _ in parts), *(told for _, told in parts)]
        stream = notice_stream(key_of(place), run)
        store.transact(str(run), lambda to, stream=stream, said=said: to.append(stream, said, after=0, actor="bench"))  # type: ignore[misc]  # the store's to tell
    return runs


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentiles(ask: Callable[[random.Random], object]) -> tuple[float, float]:
    """Return the median and the 99th of a hundred, in milliseconds."""
    chance = random.Random(7)  # noqa: S311 - nothing is to be kept secret
    for _ in range(100):
        ask(chance)
    return middle_and_worst([seconds(lambda: ask(chance)) for _ in range(QUESTIONS)])


def middle_and_worst(took: list[float]) -> tuple[float, float]:
    """Return the median and the 99th of a hundred, in milliseconds."""
    took = sorted(took)
    return took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3


class Queries:
    """How long the database takes for a page, without what is made of its rows afterwards."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self._rows = Prepared.rows

    def asked(self) -> Callable[..., Any]:
        """Return what asks, and notes how long it took."""

        def rows(*arguments: Any) -> Any:
            began = time.perf_counter()
            found = self._rows(*arguments)
            self.took.append(time.perf_counter() - began)
            return found

        return rows


def bare_table(path: Path, rows: int) -> sqlite3.Connection:
    """Make a clustered table of as many rows as an auditor reads them, with nothing to look up."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bare (run, member, subscription, role, id, state, at, code, PRIMARY KEY (run, member)) WITHOUT ROWID")
    made = ((number % RUNS, number // RUNS, "s" * 36, "owner", person(number), "accepted", "t" * 27, "250") for number in range(rows))
    connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?)", made)
    connection.commit()
    return connection


def measure_pages(connection: Connection, runs: list[int], rows: int) -> None:
    recipients = rows // RUNS

    def by_run(chance: random.Random) -> object:
        run = chance.choice(runs)
        return audit(connection, AuditFilter(run=run), after=AuditKey(run, chance.randrange(recipients - PAGE), "", ""), limit=PAGE)

    def by_model(chance: random.Random) -> object:
        place = chance.randrange(RUNS)
        after = AuditKey(runs[place], chance.randrange(recipients - PAGE), "", "")
        return audit(connection, AuditFilter(key=key_of(place)), after=after, limit=PAGE)

    def by_person(chance: random.Random) -> object:
        return audit(connection, AuditFilter(id=person(chance.randrange(1, recipients))), limit=PAGE)

    def by_subscription(chance: random.Random) -> object:
        name = f"{chance.randrange(recipients // 5):08x}-0000-4000-8000-000000000000"
        return audit(connection, AuditFilter(subscription=name), limit=PAGE)

    def as_of(chance: random.Random) -> object:
        run = chance.choice(runs)
        after = AuditKey(run, chance.randrange(recipients - PAGE), "", "")
        return audit(connection, AuditFilter(run=run), after=after, limit=PAGE, position=run + 10**9)

    for ask in (by_run, by_model, by_person, by_subscription, as_of):
        found = ask(random.Random(7))  # noqa: S311 - nothing is to be kept secret
        median, worst = percentiles(ask)
        queries = Queries()
        with patch.object(Prepared, "rows", queries.asked()):
            percentiles(ask)
        middle, last = middle_and_worst(queries.took)
        query = f"its query alone p50 {middle:.3f} ms  p99 {last:.3f} ms"
        print(f"{ask.__name__:16} {len(found):4} rows  p50 {median:.3f} ms  p99 {worst:.3f} ms; {query}")  # type: ignore[arg-type]  # pages
    took = seconds(lambda: coverage(connection, runs[0]))
    print(f"coverage of a run of {recipients:,} recipients: {took:.2f} s")


def bare_insert(views: Path, target: Path) -> float:
    """Insert the same finished rows, in the same order, into the same tables and indexes, with nothing between; return the seconds."""
    with closing(sqlite3.connect(views)) as source, closing(sqlite3.connect(target)) as new:
        new.execute("PRAGMA journal_mode = WAL")
        new.execute("PRAGMA synchronous = NORMAL")
        names = {table.name for table in TABLES}
        made = source.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC").fetchall()
        for name, sql in made:
            if name in names:
                new.execute(sql)
        rows = {table.name: source.execute(f"SELECT * FROM {table.name}").fetchall() for table in TABLES}  # noqa: S608 - our own names
        began = time.perf_counter()
        for table in TABLES:
            marks = ", ".join("?" * len(table.c))
            for first in range(0, len(rows[table.name]), 50_000):
                new.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows[table.name][first : first + 50_000])  # noqa: S608
                new.commit()
        return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        with closing(SqliteStore(ledger)) as store, Views.open(views_path(ledger)) as views:
            runs = fill(store, rows)
            read = seconds(lambda: [None for _ in store.log()])
            pure = seconds(lambda: [None for entry in store.log() for _ in VIEW.changes(entry)])
            took = seconds(lambda: views.catch_up(store))
            bare = bare_insert(views_path(ledger), Path(folder) / "bare.db")
            print(f"followed: {took:.2f} s, {rows / took:,.0f} recipients told a second; {rows / (took - read):,.0f} besides decoding")
            print(f"  decoding {read:.2f} s, making the rows {pure - read:.2f} s, bare inserts of the same rows {bare:.2f} s")
            took = seconds(lambda: views.rebuild(store))
            print(f"built anew: {took:.2f} s, {rows / took:,.0f} recipients told a second")
            print(f"views {views_path(ledger).stat().st_size / rows:.0f} bytes a recipient, log {ledger.stat().st_size / rows:.0f}")
            with closing(bare_table(Path(folder) / "clustered.db", rows)) as table:
                sql = "SELECT * FROM bare WHERE run = ? AND member > ? ORDER BY run, member LIMIT 100"
                last = rows // RUNS - PAGE
                median, worst = percentiles(lambda chance: table.execute(sql, (chance.randrange(RUNS), chance.randrange(last))).fetchall())
                print(f"{'bare table':16} {PAGE:4} rows  p50 {median:.3f} ms  p99 {worst:.3f} ms")
            with views.reading() as connection:
                measure_pages(connection, runs, rows)


if __name__ == "__main__":
    main()
