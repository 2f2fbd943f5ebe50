"""How fast others append on the same server: the library underneath as it comes, and Emmett, each with the same callers and workers.

Each is a process of its own for each worker. The library needs the package `psycopg_pool`; Emmett needs Node.js and a folder with
`npm install @event-driven-io/emmett @event-driven-io/emmett-postgresql`, named in the variable EMMETT. What is not there is not measured.
"""

import os
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from shutil import copy
from uuid import uuid4

SECONDS = 2.0
STATE = b"x" * 300
_SCRIPT = Path(__file__).with_name("emmett.mjs")
_names = count(1)


def plain_rate(url: str, callers: int, workers: int) -> float | None:
    """Return the events a second of the library's own recorder, with a thread for each caller."""
    if find_spec("psycopg_pool") is None:
        return None
    return _sum([sys.executable, __file__, url, str(callers // workers)], workers)


def emmett_rate(url: str, callers: int, workers: int) -> float | None:
    """Return the events a second of Emmett, with a task for each caller."""
    folder = os.environ.get("EMMETT")
    if not folder:
        return None
    script = copy(_SCRIPT, Path(folder) / _SCRIPT.name)  # Packages are looked for beside it.
    return _sum(["node", str(script), url, str(callers // workers), str(SECONDS)], workers)


def _sum(command: list[str], workers: int) -> float:
    """Run so many at once, and add up what they tell."""
    running = [subprocess.Popen([*command, f"n{next(_names)}"], stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    return sum(float(process.communicate()[0]) for process in running)


def _append(url: str, callers: int) -> float:
    from eventsourcing.persistence import StoredEvent  # noqa: PLC0415 - the process that measures others needs none of it
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    pool = PostgresDatastore(given["dbname"], given["host"], given["port"], given["user"], "", pool_size=callers, max_overflow=callers)
    recorder, done = PostgresApplicationRecorder(pool, events_table_name="plain"), [0] * callers
    recorder.create_table()

    def call(caller: int, end: float) -> None:
        stream = uuid4()
        while time.perf_counter() < end:
            turn = done[caller] % 10
            stream = uuid4() if turn == 0 else stream
            recorder.insert_events([StoredEvent(stream, turn, "RetirementAnnounced", STATE)])
            done[caller] += 1

    began = time.perf_counter()
    threads = [threading.Thread(target=call, args=(caller, began + SECONDS)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    return sum(done) / (time.perf_counter() - began)


if __name__ == "__main__":
    print(_append(sys.argv[1], int(sys.argv[2])))
