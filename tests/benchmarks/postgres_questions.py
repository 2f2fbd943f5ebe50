"""How many questions about a stage two workers answer beside one, on PostgreSQL, over HTTP.

Run by hand: `python tests/benchmarks/postgres_questions.py [ROUNDS=5]`; it needs `wrk`, Debian's package, which takes the least for itself.
Each round asks one worker and then two; what counts is the median of the rounds' ratios. On two cores the one who asks takes a part of
what the second worker could have: how much of a core each worker had is told, too.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.api.http.processes import Served
from tests.cli import Shell
from tests.servers.postgres import server

PATH = "/v1/models/azure/mistral-large/stage?valid_at=2025-01-20"
CALLERS = 16
SECONDS = 4
_TICKS = os.sysconf("SC_CLK_TCK")


def used(process: int) -> float:
    """Return the seconds of a core that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def asked(port: int, seconds: int) -> float:
    """Ask for so long; return the answers a second."""
    command = ["wrk", "-t1", f"-c{CALLERS}", f"-d{seconds}", f"http://127.0.0.1:{port}{PATH}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])


def rate(shell: Shell, address: str, workers: int) -> tuple[float, list[float]]:
    """Return the answers a second of so many workers, and how much of a core each of them had."""
    with Served(shell, "--workers", str(workers), "--database", address, "--actor", "demo") as served:
        own = served.process.pid
        children = [int(child) for child in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
        processes = children if workers > 1 else [own]
        time.sleep(1)
        asked(served.port, 1)
        before = [used(process) for process in processes]
        found = asked(served.port, SECONDS)
        return found, [(used(process) - earlier) / SECONDS for process, earlier in zip(processes, before, strict=True)]


def main() -> None:
    """Measure, and tell the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with TemporaryDirectory() as folder, server().fresh() as name:
        shell, address = Shell(Path(folder)), server().url(name)
        done = shell.lifecycle("import", "--sample", env={"LIFECYCLE_DATABASE": address, "LIFECYCLE_ACTOR": "demo"})
        assert done.code == 0, done.err
        ratios = []
        for _ in range(rounds):
            (one, _), (two, cores) = (rate(shell, address, workers) for workers in (1, 2))
            ratios.append(two / one)
            shares = " and ".join(f"{share:.2f}" for share in cores)
            print(f"  one worker {one:6,.0f}/s  two {two:6,.0f}/s  ratio {two / one:.2f}  (with {shares} of a core)", flush=True)
        print(f"  median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
