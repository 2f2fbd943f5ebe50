"""How fast a ledger is verified. Run by hand: `python tests/benchmarks/verify_rate.py [ENTRIES=1000000]`.

Ten entries a stream, a checkpoint every 10,000 entries, as `serve` makes them; beside the limit, measured in the same run: reading the same
rows and hashing them once, with nothing else. Target: 100,000 entries a second.
"""

import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.clock import system_clock
from domain.proof.notary import Notary
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from domain.verification.verifying import verify
from tests.controls import CONTROLS

ENTRIES, STREAM, CHECKPOINT = 1_000_000, 10, 10_000
EVENT = CONTROLS["RetirementAnnounced.v1"]


def fill(path: Path, entries: int) -> None:
    """Append, and sign as it is served."""
    keyring, heads = Keyring.in_memory(), StreamHeads()
    with closing(SqliteStore(path)) as store:
        notary = Notary(store.evidence, keyring, system_clock, heads)
        for first in range(0, entries, CHECKPOINT):

            def work(transaction: Transaction, first: int = first) -> None:
                for stream in range(first, min(first + CHECKPOINT, entries), STREAM):
                    transaction.append(f"model:azure/m{stream}", [EVENT] * STREAM, after=0, actor="benchmark")
                transaction.keep(f"fill-{first}", "fingerprint", b"{}")

            store.transact(f"fill-{first}", work)
            notary.checkpoint()


def bare(path: Path) -> float:
    """Read and hash every event once; return the seconds."""
    began = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        for (state,) in connection.execute("SELECT state FROM stored_events"):
            sha256(state).digest()
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        fill(path, entries)
        limit = bare(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        found = verify(path)
        took = time.perf_counter() - began
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"{found.verdict}: {entries / took:,.0f} entries a second, {found.checkpoints} checkpoints, {memory:.0f} MB more")
        print(f"reading and hashing once: {entries / limit:,.0f} a second, {took / limit:.1f} times as fast")


if __name__ == "__main__":
    main()
