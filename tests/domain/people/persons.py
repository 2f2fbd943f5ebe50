"""Persons to identify, and what SQLite holds of them on disk."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from domain.people.registry import Contact, Identity, People

ROOT = Path(__file__).parents[3]
CHILD_SECONDS = 30


def contact(number: int = 1, *, name: str | None = "Ada Lovelace", address: str | None = "") -> Contact:
    return Contact(f"6f1c0000-{number:08d}", name, f"ada{number}@example.com" if address == "" else address)


def identified(people: People, *contacts: Contact) -> Identity:
    return people.identify(contacts)[-1]


def sealed_of(path: Path, person: str) -> list[bytes]:
    """Return every secret that the file holds of a person: the wrapped key, the look-ups, the cards."""
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT wrapped, by_directory, by_address, content FROM people WHERE id = ?", (person,)).fetchone()
        cards = connection.execute("SELECT sealed FROM cards WHERE id = ?", (person,)).fetchall()
    return [value for value in (*row, *(sealed for (sealed,) in cards)) if value is not None]


def all_bytes(path: Path) -> bytes:
    """Return what stands in the file and in what SQLite keeps beside it."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


def run_at_once(count: int, code: str, *arguments: str) -> Sequence[str]:
    """Run the same code in several processes, which begin it together, and return what each printed."""
    waiting = f"import sys; from pathlib import Path; {code.partition(';')[0]}; sys.stdin.readline(); {code.partition(';')[2]}"
    command = [sys.executable, "-c", waiting, *arguments]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for one in started:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        ended = [one.communicate(timeout=CHILD_SECONDS) for one in started]
    finally:
        for one in started:
            one.kill()
            one.wait()
    assert [(one.returncode, said) for one, (_, said) in zip(started, ended, strict=True)] == [(0, "")] * count
    return [printed for printed, _ in ended]
