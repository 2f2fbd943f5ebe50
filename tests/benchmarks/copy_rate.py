"""How fast a ledger is copied between a file and PostgreSQL, beside reading and hashing its entries once in the same run.

Run by hand: `python tests/benchmarks/copy_rate.py [ENTRIES=50000]`.
"""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.store.copies.copying import copy
from domain.store.copies.sides import Source, Target
from domain.store.copies.sqlite_side import SqliteSide
from domain.store.postgres.side import PostgresSide
from domain.store.sqlite import SqliteStore
from tests.benchmarks.postgres_rate import BATCH, batch
from tests.servers.postgres import durable_server


def seconds(work: Callable[[], object]) -> float:
    """Return how long work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def read_once(source: Source) -> None:
    """Read and hash every entry."""
    held, hashed = source.sizes().entries, sha256()
    for after in range(0, held, BATCH):
        for entry in source.entries(after, held, BATCH):
            hashed.update(entry.state)


def measure(name: str, source: Source, target: Target) -> None:
    """Copy, and tell the rate."""
    with closing(source), closing(target):
        count = source.sizes().entries
        bare, took = seconds(lambda: read_once(source)), seconds(lambda: copy(source, target))
        print(f"  {name:<22} {count / took:8,.0f}/s  reading and hashing once {count / bare:8,.0f}/s  ratio {bare / took:.2f}", flush=True)


def main() -> None:
    """Fill a file, and copy it there and back."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with TemporaryDirectory() as folder, durable_server().fresh() as name:
        here, back, url = Path(folder) / "here.db", Path(folder) / "back.db", durable_server().url(name)
        with closing(SqliteStore(here)) as store:
            for number in range(entries // BATCH):
                store.transact(str(number), batch(f"model:azure/m{number}"))
        measure("a file to PostgreSQL", SqliteSide(here, to_write=False), PostgresSide(url, to_write=True))
        measure("PostgreSQL to a file", PostgresSide(url, to_write=False), SqliteSide(back, to_write=True))


if __name__ == "__main__":
    main()
