"""What HTTP costs: questions to the service beside a bare FastAPI endpoint. Run by hand: `python tests/benchmarks/http_cost.py`.

Needs `wrk` (Debian's package). All servers run in turn, on one core's worth of worker each, with the same client and the same address
parameters; rounds are interleaved, and medians of ratios are printed. Limits: a stage 0.85 of the bare endpoint, access by status alone
3 times it, and with ten live streams and an append every 100 ms 0.9 of the quiet rate.
"""

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SECONDS = 4
ROUNDS = 5
CONNECTIONS = 32
MODEL = "azure/mistral-large"
CLOCKS = "valid_at=2025-01-20T00:00:00Z&known_at=2025-02-01T00:00:00Z"


def measure(address: str) -> tuple[float, str]:
    """Return the requests a second and the 99th percentile of the time of one."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk)")
    told = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", address], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{address} is refused:\n{told}")
    rate, slow = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"^ +99% +(\S+)", told, re.MULTILINE)
    assert rate
    assert slow
    return float(rate[1]), slow[1]


@contextmanager
def server(*command: str, port: int) -> Iterator[str]:
    """Run a server until the block ends."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LIFECYCLE_TICK_SECONDS": "3600"}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def post(address: str, path: str, body: object, key: str) -> None:
    """Append something."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    if response.status != 201:
        raise SystemExit(response.read().decode())
    connection.close()


def listen(address: str, ended: threading.Event) -> None:
    """Read the stream of events until the end."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request("GET", "/v1/events/stream")
    response = connection.getresponse()
    while not ended.is_set() and response.readline():
        pass


def append(address: str, ended: threading.Event) -> None:
    """Append an announcement every 100 ms."""
    number = 0
    while not ended.wait(0.1):
        number += 1
        body = {"notes": f"note {number}", "label": "legacy", "source": {"name": "mail"}}
        post(address, f"/v1/models/{MODEL}-2407/announcements", body, f"bench-{time.time_ns()}-{number}")


@contextmanager
def traffic(address: str) -> Iterator[None]:
    """Ten live streams, and an append every 100 ms."""
    ended = threading.Event()
    threads = [threading.Thread(target=listen, args=(address, ended), daemon=True) for _ in range(10)]
    threads.append(threading.Thread(target=append, args=(address, ended), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        threads[-1].join()


def main() -> None:
    """Print rates and ratios."""
    stage = f"/v1/models/{MODEL}/stage?{CLOCKS}"
    access = f"/v1/models/{MODEL}/access?operation=invoke&check=true&{CLOCKS}"
    with tempfile.TemporaryDirectory() as folder:
        ledger = f"sqlite:///{folder}/ledger.db"
        demo = ["-c", FILL.format(ledger=ledger)]
        subprocess.run([sys.executable, *demo], cwd=ROOT, check=True)
        bare = ["-m", "uvicorn", "tests.benchmarks.bare:app", "--port", "8761", "--no-access-log", "--log-level", "error"]
        ours = ["-m", "api", "serve", "--database", ledger, "--actor", "demo", "--port", "8762"]
        with server(*bare, port=8761) as bare_address, server(*ours, port=8762) as address:
            rounds = [(measure(bare_address + stage), measure(address + stage), measure(address + access)) for _ in range(ROUNDS)]
            busy = []
            for _ in range(ROUNDS):
                quiet = measure(address + stage)
                with traffic(address):
                    busy.append((quiet, measure(address + stage)))
    tell("bare FastAPI endpoint", [b for b, _, _ in rounds], [b for b, _, _ in rounds], "")
    tell("stage", [s for _, s, _ in rounds], [b for b, _, _ in rounds], "0.85")
    tell("access, check=true", [a for _, _, a in rounds], [b for b, _, _ in rounds], "3")
    tell("stage with 10 streams and 10 appends a second", [b for _, b in busy], [q for q, _ in busy], "0.9 of its quiet rate")


def tell(name: str, ours: list[tuple[float, str]], limit: list[tuple[float, str]], asked: str) -> None:
    """Print one line."""
    ratio = statistics.median(o[0] / b[0] for o, b in zip(ours, limit, strict=True))
    rate = statistics.median(o[0] for o in ours)
    print(f"{name:<48} {rate:8.0f}/s   p99 {', '.join(o[1] for o in ours):<44} ratio {ratio:5.2f}  (asked: {asked})")


FILL = """
from api.opening import for_recording
from api.sample import fill
with for_recording("{ledger}", "demo") as opened:
    fill(opened.ledger)
"""

if __name__ == "__main__":
    main()
