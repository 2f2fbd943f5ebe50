"""What pages weigh and cost. Run by hand: `python tests/benchmarks/pages.py`.

For each number of models: bytes of a page as sent (compressed) and in all, and the time until it is there: cold, when nothing is
compiled yet, then the median and the slowest of some. The limit beside them is a bare page of as many rows from the same engine of
templates.
"""

import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from jinja2 import Environment
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.service import Service
from api.http.settings import HttpSettings
from domain.ledger import Ledger
from domain.store.sqlite import SqliteStore
from tests.benchmarks.stage_index import fill

SIZES = (100, 1000, 5000)
ROUNDS = 15
BARE = "<table>{% for row in rows %}<tr><th><a href='{{ row }}'>{{ row }}</a></th><td>{{ row }}</td></tr>{% endfor %}</table>"
TEMPLATE = Environment(autoescape=True).from_string(BARE)
PAGES = ("/", "/?sort=name&page=2", "/?q=model-1&known_at=2025-01-01", "/models/azure/model-7", "/compare?from=2024-06-01&to=2024-07-01")


def timed(ask: Callable[[], bytes]) -> tuple[float, bytes]:
    """Return how long it took, in milliseconds, and what came."""
    begin = time.perf_counter()
    content = ask()
    return (time.perf_counter() - begin) * 1000, content


def weigh(client: TestClient, path: str) -> None:
    """Print what one page costs."""

    def ask() -> bytes:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text[:200]
        return answer.content

    cold, content = timed(ask)
    warm = [timed(ask)[0] for _ in range(ROUNDS)]
    sent = len(gzip.compress(content, 5))
    weight = f"{sent / 1000:7.1f} kB sent, {len(content) / 1000:8.1f} kB in all"
    print(f"  {path:40} {weight}; cold {cold:7.1f} ms, then {median(warm):6.1f} ms, {max(warm):6.1f} at the most")


def main() -> None:
    """Print the table."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.db"
            fill(path, size)
            limit = median(timed(lambda: TEMPLATE.render(rows=range(100)).encode())[0] for _ in range(ROUNDS))
            print(f"{size} models (a bare page of 100 rows: {limit:.2f} ms)")
            with closing(SqliteStore(path)) as store, TestClient(create_app(Service(Ledger(store, "benchmark")), HttpSettings())) as client:
                for page in PAGES:
                    weigh(client, page)


if __name__ == "__main__":
    main()
