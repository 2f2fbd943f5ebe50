"""What proof costs. Run by hand: `python tests/benchmarks/proof_cost.py [ENTRIES=1000000]`.

Appending with the trees beside the same store without them, in turn; batches of 1,000 entries; and, on a ledger of so many entries, answers
that carry their proof, in process. Targets: 0.7 of the rate without trees, 12,000 entries a second, 5 ms.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eventsourcing.sqlite import SQLiteCursor

from api.proving.notaries import proving_of
from api.proving.stages import prove_stage
from domain.dates import firm
from domain.events import RetirementAnnounced
from domain.ledger import Asked, Ledger
from domain.store import sqlite_database, sqlite_recorder
from domain.store.contract import Kept, Transaction
from domain.store.group import Entry
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_recorder import LedgerRecorder
from domain.store.sqlite_rows import format_recorded_at
from domain.subjects import SubjectKey
from tests.benchmarks.append_rate import CLIENTS, LedgerCaller, StoreCaller, rate
from tests.controls import CONTROLS

ENTRIES, BATCH, ENTRIES_A_MODEL, ROUNDS, QUESTIONS = 1_000_000, 1000, 10, 7, 1000
EVENT = CONTROLS["RetirementAnnounced.v1"]


def insert_without(recorder: LedgerRecorder, cursor: SQLiteCursor, entries: Sequence[Entry], commands: Sequence[Kept], _: object) -> None:
    """Insert what the store inserted before there were trees."""
    events = [(recorded.stream, recorded.version, topic, state) for recorded, topic, state in entries]
    cursor.executemany(recorder.insert_events_statement, events)
    rows = [(e.position, e.stream, e.version, format_recorded_at(e.recorded_at), e.actor) for e, _, _ in entries]
    cursor.executemany(sqlite_recorder._INSERT_ENTRY, rows)
    if commands:
        kept = [(one.key, one.fingerprint, one.answer, one.position) for one in commands]
        cursor.executemany(sqlite_recorder._INSERT_COMMAND, kept)


@contextmanager
def without_trees() -> Iterator[None]:
    """Let stores grow no trees."""
    with (
        patch.object(LedgerRecorder, "insert", insert_without),
        patch.object(sqlite_database.SqliteDatabase, "_trees_before", lambda *_: None),
    ):
        yield


def batches(folder: Path, seconds: float) -> float:
    """Return the entries a second that one client appends, a thousand to a command."""
    with closing(SqliteStore(Path(tempfile.mkdtemp(dir=folder)) / "ledger.db")) as store:
        count, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            stream = f"model:azure/batch-{count}"

            def work(transaction: Transaction, stream: str = stream) -> None:
                transaction.append(stream, [EVENT] * BATCH, after=0, actor="benchmark")
                transaction.keep(stream, "fingerprint", b"{}")

            store.transact(stream, work)
            count += 1
        return BATCH * count / (time.perf_counter() - began)


def compare(name: str, folder: Path, measured: Any) -> None:
    """Print a rate with trees, and its ratio to the rate without."""
    ratios, rates = [], []
    for _ in range(ROUNDS):
        with without_trees():
            before = measured(folder)
        rates.append(measured(folder))
        with without_trees():
            after = measured(folder)
        ratios.append(rates[-1] / statistics.mean([before, after]))
    print(f"{name:<36} {statistics.median(rates):8,.0f}/s  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def fill(store: SqliteStore, entries: int) -> int:
    """Append models of ten entries each, and return how many there are."""
    listed, announced = CONTROLS["ModelListed.v1"], CONTROLS["RetirementAnnounced.v1"]
    assert isinstance(announced, RetirementAnnounced)
    events = [
        listed,
        *(announced.model_copy(update={"retired": firm(f"2030-09-{day:02}")}) for day in range(1, ENTRIES_A_MODEL)),
    ]
    models = entries // ENTRIES_A_MODEL
    policy = CONTROLS["PolicyAdopted.v1"]
    store.transact("policy", lambda transaction: transaction.append("policy:azure", [policy], after=0, actor="benchmark"))
    for first in range(0, models, 100):

        def work(transaction: Transaction, first: int = first) -> None:
            for number in range(first, min(first + 100, models)):
                transaction.append(f"model:azure/m{number}", events, after=0, actor="benchmark")

        store.transact(f"fill-{first}", work)
    return models


def answers(folder: Path, entries: int) -> None:
    """Print what an answer with its proof takes, on a checkpoint that stands."""
    with closing(SqliteStore(folder / "large.db")) as store:
        models = fill(store, entries)
        ledger = Ledger(store, "benchmark")
        proving = proving_of(ledger, folder / "large.db")
        began = time.perf_counter()
        kept = proving.checkpoint()
        print(f"first checkpoint of {kept.size:,} entries, {models:,} streams: {time.perf_counter() - began:.2f} s")
        chance, took, plain = Random(7), [], []  # noqa: S311 - nothing is to be kept secret
        for _ in range(QUESTIONS):
            key = SubjectKey("azure", f"m{chance.randrange(models)}")
            asked = Asked(recorded_at=kept.size)
            began = time.perf_counter()
            prove_stage(proving, key, asked)
            took.append(time.perf_counter() - began)
            began = time.perf_counter()
            ledger.stage(key, asked)
            plain.append(time.perf_counter() - began)
        for name, found in (("answer with its proof", took), ("the same question again, without", plain)):
            found.sort()
            print(f"{name:<36} p50 {found[len(found) // 2] * 1e3:.2f} ms  p99 {found[len(found) * 99 // 100] * 1e3:.2f} ms")
        store.transact("more", lambda transaction: transaction.append("model:azure/more", [EVENT] * 10, after=0, actor="benchmark"))
        began = time.perf_counter()
        proving.checkpoint()
        print(f"a checkpoint of ten entries more: {(time.perf_counter() - began) * 1e3:.1f} ms")


def main() -> None:
    """Print the figures."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare("one client, through the ledger", folder, lambda folder: rate(folder, LedgerCaller, CLIENTS["one client"], 1.0))
        compare("64 tasks, through the ledger", folder, lambda folder: rate(folder, LedgerCaller, CLIENTS["64 tasks"], 1.0))
        compare("64 tasks, store alone", folder, lambda folder: rate(folder, StoreCaller, CLIENTS["64 tasks"], 1.0))
        compare("batches of 1,000, store alone", folder, lambda folder: batches(folder, 1.0))
        answers(folder, entries)


if __name__ == "__main__":
    main()
