"""What survives when the writer is killed at any moment. Run by hand: `python tests/benchmarks/kill9.py [ROUNDS=200]`.

A child appends and writes each command key to a pipe once it was answered; the parent kills it, again and again on one file, and then
looks at the file.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from select import select
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from tests.controls import CONTROLS

CALLERS = 8
EVENT = CONTROLS["RetirementAnnounced.v1"]


def append_for_ever(path: str, life: str) -> None:
    """Be the child: several callers, so that groups form."""
    store = SqliteStore(path)

    def call(caller: int) -> None:
        stream, number = f"model:azure/model-{caller}", 0
        while True:
            number += 1
            key = f"{life}/{caller}/{number}"

            def work(transaction: Transaction, key: str = key) -> bytes:
                after = len(transaction.history(stream))
                (entry,) = transaction.append(stream, [EVENT], after=after, actor="kill9")
                transaction.keep(key, "fingerprint", str(entry.position).encode())
                return str(entry.position).encode()

            answer = store.transact(key, work)
            os.write(1, f"{key} {answer.decode()}\n".encode())

    threads = [Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def one_life(path: Path, life: int) -> list[tuple[str, str]]:
    """Let a child append for a moment, kill it, and return what it had acknowledged."""
    child = subprocess.Popen([sys.executable, __file__, "--child", str(path), str(life)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as pipe:
        select([pipe], [], [], 30)
        select([], [], [], random.uniform(0, 0.15))  # noqa: S311 - any moment will do
        child.send_signal(signal.SIGKILL)
        acknowledged = pipe.read().decode()
    assert child.wait() == -signal.SIGKILL, "the child ended by itself"
    return [(key, position) for key, _, position in (line.partition(" ") for line in acknowledged.splitlines(keepends=False))]


def problems(path: Path, acknowledged: list[tuple[str, str]]) -> list[str]:
    """Return all that is wrong with the file."""
    with closing(sqlite3.connect(path)) as connection:
        (integrity,) = connection.execute("PRAGMA integrity_check").fetchone()
    found = [] if integrity == "ok" else [f"integrity_check: {integrity}"]
    with closing(SqliteStore(path)) as store:
        entries, versions = list(store.log()), Counter[str]()
        for key, position in acknowledged:
            kept = store.kept(key)
            if kept is None or kept.answer.decode() != position:
                found.append(f"{key} was acknowledged at {position} and is kept as {kept}")
        if not found and any(entries[int(position) - 1].event != EVENT for _, position in acknowledged):
            found.append("an acknowledged entry holds another event")
    for number, entry in enumerate(entries, 1):
        versions[entry.stream] += 1
        if (entry.position, entry.version) != (number, versions[entry.stream]):
            found.append(f"entry {number} stands at {entry.position}, version {entry.version} of {entry.stream}")
    found += [f"entry {b.position} was recorded before {a.position}" for a, b in pairwise(entries) if a.recorded_at >= b.recorded_at]
    print(f"{len(entries)} entries in {len(versions)} streams, {len(acknowledged)} acknowledged, {len(found)} problems")
    return found


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        path, acknowledged = Path(folder) / "ledger.db", list[tuple[str, str]]()
        for life in range(rounds):
            acknowledged += one_life(path, life)
            if life % 20 == 19:
                print(f"{life + 1} kills, {len(acknowledged)} acknowledged", flush=True)
        found = problems(path, acknowledged)
    for problem in found[:20]:
        print(problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        append_for_ever(sys.argv[2], sys.argv[3])
    else:
        main()
