"""How long a service takes from its start to its first answer, on a ledger of 100,000 entries.

Run by hand: `python tests/benchmarks/start_up.py`.

Two starts: one beside views that are up to date, and one where the views have to be built first, which nobody waits for. Limit: 3 s.
Beside them, what the start of the interpreter and the imports take alone.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream
from tests.benchmarks.stage_index import CLAIMS, chance_of, claims, keys

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 100_000
MODELS_A_TRANSACTION = 500
PORT = 8763
LIMIT_SECONDS = 3.0


def fill(path: Path) -> None:
    """Append the claims of so many models."""
    chance, named = chance_of(1), keys(ENTRIES // CLAIMS + 1)
    with closing(SqliteStore(path)) as store:
        for start in range(0, len(named), MODELS_A_TRANSACTION):

            def work(transaction: Transaction, start: int = start) -> None:
                for key in named[start : start + MODELS_A_TRANSACTION]:
                    transaction.append(model_stream(key), claims(key, chance), after=0, actor="benchmark")

            store.transact(f"fill {start}", work)


def first_answer(ledger: Path) -> tuple[float, float]:
    """Return the seconds until the first answer, and until every view is up with the log."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "api", "serve", "--database", f"sqlite:///{ledger}", "--port", str(PORT)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LIFECYCLE_TICK_SECONDS": "3600"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        while ask("/v1/models/azure/model-7/stage?valid_at=2025-01-20") is None:
            time.sleep(0.01)
        answered = time.perf_counter() - began
        while any(view["lag"] for view in json.loads(ask("/readyz") or '{"views": [{"lag": 1}]}')["views"]):
            time.sleep(0.2)
        return answered, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(30)


def ask(path: str) -> bytes | None:
    """Return an answer, or nothing while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    except OSError:
        return None
    finally:
        connection.close()


def imports() -> float:
    """Return the seconds that the start of the interpreter and the imports take."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import api.http.serving"], cwd=ROOT, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        fill(ledger)
        print(f"interpreter and imports alone      {imports():5.2f} s")
        for name in ("views to be built", "views up to date", "views up to date"):
            answered, followed = first_answer(ledger)
            print(f"{name:<20} first answer after {answered:5.2f} s  (limit {LIMIT_SECONDS} s), views with the log after {followed:5.2f} s")


if __name__ == "__main__":
    main()
