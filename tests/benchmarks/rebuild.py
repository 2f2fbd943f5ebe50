"""What a rebuild of the views costs: a log of 10,000 models of 6 claims. Run by hand: `python tests/benchmarks/rebuild.py [MODELS]`.

Four figures: the limit, which is reading the stored rows, decoding their JSON, and inserting the same finished rows by the database's own
driver, with no rule asked; the store's own reading, which makes events of them; the rebuild; and views that follow the log. Target: 35,000
entries a second for the rebuild. Machines differ and are busy: the ratio to the limit is what to compare.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.dates import firm, not_before
from domain.events import Event, ModelListed, RetirementAnnounced
from domain.stages import Stage
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from domain.values import Source
from projections.tables.views import MODEL_VIEWS, Views, views_path

ROOT = Path(__file__).resolve().parents[2]
MODELS, CLAIMS, FOLLOWED = 10_000, 6, 2000
SOURCE = Source(address="https://example.org/retirements", document="d" * 64, name="page", raw="| a | 2025-01-15 |", row=7)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
WATCHED = """
import pathlib, re, sys
from domain.store.sqlite import SqliteStore
from projections.tables.views import Views, views_path
ledger = pathlib.Path(sys.argv[1])
Views.open(views_path(ledger)).rebuild(SqliteStore(ledger, read_only=True))
print(re.search(r"VmHWM:\\s+([0-9]+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
IN_STREAM_ORDER = """
    SELECT e.*, s.topic, s.state FROM stored_events s JOIN ledger_entries e ON e.position = s.rowid
    ORDER BY s.originator_id, s.originator_version
"""


def events(number: int) -> list[Event]:
    """Return a model's listing, its plan, three moves of it, and a floor for one version of it."""
    key = SubjectKey("azure", f"model-{number:06}")
    listed = ModelListed(
        announced_at=FIRST,
        key=key,
        name=key.model,
        provider="Someone",
        scope=WHOLE,
        since=FIRST if number % 2 else None,
        source=SOURCE,
        stage=Stage.GENERALLY_AVAILABLE,
    )
    moves = [
        RetirementAnnounced(
            announced_at=FIRST + timedelta(days=30 * move + number % 28),
            deprecated=firm(f"2025-{move + 3:02}-{number % 28 + 1:02}"),
            key=key,
            label=Stage.LEGACY if move == CLAIMS - 3 else None,
            legacy=firm(f"2025-{move + 1:02}-{number % 28 + 1:02}"),
            notes=None,
            replacements=(f"azure/model-{number + 1:06}",),
            retired=firm(f"2025-{move + 6:02}-{number % 28 + 1:02}"),
            scope=WHOLE,
            source=SOURCE,
        )
        for move in range(CLAIMS - 2)
    ]
    version = Scope.of({"version": "1"}) if number % 5 == 0 else WHOLE
    return [listed, *moves, moves[0].model_copy(update={"retired": not_before("2026-01"), "scope": version})]


def fill(store: SqliteStore, models: int) -> None:
    """Append the claims round by round, so that the models lie mixed in the log, as they do in life."""
    streams = [(model_stream(events(number)[0].key), events(number)) for number in range(models)]  # type: ignore[attr-defined]  # models' events
    for turn in range(CLAIMS):
        for first in range(0, models, 1000):
            part = streams[first : first + 1000]
            store.transact(
                f"{turn}-{first}",
                lambda transaction, part=part, turn=turn: [  # type: ignore[misc]  # its type is the store's to tell
                    transaction.append(stream, [said[turn]], after=turn, actor="bench") for stream, said in part
                ],
            )


def bare(ledger: Path, built: Path, target: Path) -> float:
    """Read each stored event, decode its JSON, and insert the rows that the views have, with nothing between; return the seconds."""
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(built)) as views, closing(sqlite3.connect(target)) as new:
        rows = {view.name: views.execute(f"SELECT * FROM {view.name}").fetchall() for view in MODEL_VIEWS}  # noqa: S608  # our own names
        began = time.perf_counter()
        for row in source.execute(IN_STREAM_ORDER):
            json.loads(row[-1])
        new.execute("PRAGMA journal_mode = WAL")
        new.execute("PRAGMA synchronous = NORMAL")
        for view in MODEL_VIEWS:
            names, key = (", ".join(columns.keys()) for columns in (view.table.columns, view.table.primary_key.columns))
            new.execute(f"CREATE TABLE {view.name} ({names}, PRIMARY KEY ({key})) WITHOUT ROWID")
            values = ", ".join("?" * len(view.table.columns))
            new.executemany(f"INSERT INTO {view.name} VALUES ({values})", rows[view.name])  # noqa: S608  # our own names
            new.commit()
        return time.perf_counter() - began


def only_read(ledger: Path) -> float:
    """Let the store read and decode each event, stream by stream, and return the seconds."""
    with closing(SqliteStore(ledger, read_only=True)) as store:
        began = time.perf_counter()
        for _ in store.by_stream(store.head().position):
            pass
        return time.perf_counter() - began


def rebuilt(ledger: Path) -> float:
    """Build the views anew, and return the seconds."""
    with closing(SqliteStore(ledger, read_only=True)) as store, Views.open(views_path(ledger)) as views:
        began = time.perf_counter()
        views.rebuild(store)
        return time.perf_counter() - began


def peak_megabytes(ledger: Path) -> float:
    """Build the views anew in a process of its own, and return its peak memory, as Linux tells it."""
    done = subprocess.run([sys.executable, "-c", WATCHED, str(ledger)], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def followed(ledger: Path, entries: int) -> float:
    """Append to as many models, keep the views up with that, check them against views built anew, and return the seconds."""
    with closing(SqliteStore(ledger)) as store, Views.open(views_path(ledger)) as views:
        said = [(model_stream(SubjectKey("azure", f"model-{number:06}")), events(number)[1]) for number in range(entries)]
        store.transact("more", lambda to: [to.append(stream, [event], after=CLAIMS, actor="bench") for stream, event in said])
        began = time.perf_counter()
        views.catch_up(store)
        taken = time.perf_counter() - began
        before = [views.digest(view.name) for view in MODEL_VIEWS]
        views.rebuild(store)
        if before != [views.digest(view.name) for view in MODEL_VIEWS]:
            raise SystemExit("the views that followed differ from those that were built")
        return taken


def main() -> None:
    """Print the figures."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        with closing(SqliteStore(ledger)) as store:
            fill(store, models)
        building = min(rebuilt(ledger) for _ in range(3))
        memory = peak_megabytes(ledger)
        read = min(only_read(ledger) for _ in range(3))
        limit = min(bare(ledger, views_path(ledger), Path(folder) / f"bare{n}.db") for n in range(3))
        appended = min(models, FOLLOWED)
        following = followed(ledger, appended)
    for name, taken in {"limit: read, decode, insert": limit, "the store's own reading": read, "rebuild": building}.items():
        print(f"{name:30} {taken:6.2f} s  {models * CLAIMS / taken:9,.0f} entries/s  {limit / taken:5.2f} of the limit")
    print(f"{'kept up with the log':30} {following:6.2f} s  {appended / following:9,.0f} entries/s, each of another model")
    print(f"a process that rebuilds takes {memory:.0f} MB at its peak")


if __name__ == "__main__":
    main()
