"""What a page of the audit costs over HTTP at 1,000,000 rows. Run by hand: `python tests/benchmarks/audit_http.py [ROWS=1000000]`.

Needs `wrk` (Debian's package). A page of 100 rows, beside a bare FastAPI endpoint that returns the same rows without asking anything;
rounds are interleaved, and medians of ratios are printed. Limit: 0.8. Then all rows, as CSV and as JSON lines, with the service's memory.
"""

import http.client
import json
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api.http.answers import AuditPage
from domain.store.sqlite import SqliteStore
from projections.tables.views import Views, views_path
from tests.benchmarks.audit_page import ROWS, fill
from tests.benchmarks.http_cost import ROUNDS, measure, server, tell

BARE, OURS = 8763, 8764


def get(address: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=600)
    connection.request("GET", path)
    return connection.getresponse().read()


def stream(address: str, form: str, rows: int) -> None:
    """Print how fast all rows come."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=600)
    began = time.perf_counter()
    connection.request("GET", f"/v1/notices/audit?format={form}")
    response = connection.getresponse()
    lines = 0
    while block := response.read(1 << 20):
        lines += block.count(b"\n")
    took = time.perf_counter() - began
    print(f"all {rows:,} rows as {form}: {lines:,} lines in {took:.1f} s, {rows / took:,.0f} rows a second; {memory(address)}")


def memory(address: str) -> str:
    """Return the service's memory at its most, and now."""
    told = get(address, "/metrics").decode()
    resident = next(float(line.split()[1]) for line in told.splitlines() if line.startswith("process_resident_memory_bytes"))
    return f"{resident / 1e6:.0f} MB resident"


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.db"
        with closing(SqliteStore(ledger)) as store, Views.open(views_path(ledger)) as views:
            run = fill(store, rows)[3]
            views.catch_up(store)
        page = f"/v1/notices/audit?run={run}"
        environment = {"LIFECYCLE_NOTICE_CHANNEL": "none"}
        os.environ.update(environment)
        with server("-m", "api", "serve", "--database", f"sqlite:///{ledger}", "--port", str(OURS), port=OURS) as address:
            print(f"at the start: {memory(address)}")
            content = get(address, page)
            example = Path(folder) / "page.json"
            example.write_bytes(content)
            os.environ["AUDIT_PAGE"] = str(example)
            bare = ["-m", "uvicorn", "tests.benchmarks.audit_bare:app", "--port", str(BARE), "--no-access-log", "--log-level", "error"]
            with server(*bare, port=BARE) as bare_address:
                assert AuditPage.model_validate_json(get(bare_address, page)) == AuditPage.model_validate_json(content)
                as_of = f"{page}&recorded_at=@{json.loads(content)['position'] - 1}"
                rounds = [(measure(bare_address + page), measure(address + page), measure(address + as_of)) for _ in range(ROUNDS)]
            tell("bare FastAPI endpoint", [b for b, _, _ in rounds], [b for b, _, _ in rounds], "")
            tell("a page of 100 rows", [o for _, o, _ in rounds], [b for b, _, _ in rounds], "0.8")
            tell("a page of 100 rows as of an earlier position", [o for _, _, o in rounds], [b for b, _, _ in rounds], "")
            for form in ("csv", "jsonl"):
                stream(address, form, rows)


if __name__ == "__main__":
    main()
