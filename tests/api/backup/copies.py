"""A ledger to copy, copies of it, and all that a database holds."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.backup.exporting import Exported, export_to
from api.backup.restoring import Restored, restore
from domain.proof.export_lines import COLUMNS, Kind, Row, read, written
from domain.proof.notary import Notary
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_timestamps import keep_timestamp
from tests.domain.store.contract_suite import MISTRAL, appending, once

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ODD = "model:azure/mist\u00e9ral \U0001f600"
KEYS = Keyring.in_memory()
TABLES = ("stored_events", "ledger_entries", "command_keys", "ledger_nodes", "command_nodes", "checkpoints", "checkpoint_timestamps")


def filled(path: Path) -> Path:
    """Make a ledger with something of each kind, text that is not ASCII, and bytes that are no text."""
    with closing(SqliteStore(path)) as store:
        for number in range(5):
            store.transact(f"k{number}", once(f"k{number}"))
        store.transact("odd", appending(ODD))
        signed(store)
        keep_timestamp(path, 1, b"\xff\x00 a token")
        store.transact("nothing", lambda transaction: transaction.keep("n\u00f6", "f", b"\xfe\x00"))
        store.transact("more", once("more", MISTRAL))
        signed(store)
        keep_timestamp(path, 2, b"another token")
        keep_timestamp(path, 1, b"a second token")
    return path


def signed(store: SqliteStore) -> None:
    Notary(store.evidence, KEYS, lambda: NOW, StreamHeads()).checkpoint()


def copied(ledger: Path, name: str = "copy.jsonl", *, with_people: bool = False) -> tuple[Path, Exported]:
    path = ledger.with_name(name)
    return path, export_to(path, ledger, with_people=with_people, progress=lambda _: None)


def restored(copy: Path, ledger: Path) -> Restored:
    with copy.open("rb") as source:
        return restore(source, copy.name, ledger, lambda: NOW)


def everything(path: Path) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Return all rows of a ledger, with their numbers and the very types of their values."""
    with closing(sqlite3.connect(path)) as connection:
        found = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}  # noqa: S608
        return {**found, "order": connection.execute("SELECT rowid, originator_id FROM stored_events ORDER BY rowid").fetchall()}


def changed(copy: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """Write an export with other lines."""
    path = copy.with_name(f"changed-{copy.name}")
    path.write_bytes(b"".join(change(copy.read_bytes().splitlines(keepends=True))))
    return path


def rewritten(line: bytes, **members: Any) -> bytes:
    """Return a line with other members, sealed as it has to be: by somebody who knows how."""
    kind, row = read(line)
    return written(kind, tuple(members.get(name, value) for name, value in zip(COLUMNS[kind], row, strict=True)))


def rows(copy: Path) -> list[tuple[Kind, Row]]:
    return [read(line) for line in copy.read_bytes().splitlines(keepends=True)]
