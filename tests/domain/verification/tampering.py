"""Changing a ledger's file behind its back, with the guards put back word for word."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from domain.proof.leaves import entry_leaf
from domain.proof.merkle import Growing, leaf_hash
from domain.proof.notary import Notary
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.store.sqlite import SqliteStore
from tests.controls import FLOOR
from tests.domain.store.contract_suite import appending, once

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TABLES = ("stored_events", "ledger_entries", "ledger_nodes", "command_keys", "command_nodes", "checkpoints", "checkpoint_timestamps")


def filled(path: Path, keyring: Keyring) -> list[str]:
    """Make a ledger of some streams and commands with three checkpoints and a timestamp; return the notes."""
    notes = []
    with closing(SqliteStore(path)) as store:
        for turn in range(3):
            for number in range(4):
                store.transact(f"k{turn}-{number}", appending(f"model:azure/m{turn}-{number}", FLOOR, FLOOR))
            store.transact(f"o{turn}", once(f"o{turn}"))
            notes.append(signed(store, keyring))
        store.transact("last", once("last"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO checkpoint_timestamps VALUES (1, 2, ?)", (b"\x30" + sha256(notes[1].encode()).digest(),))
        connection.commit()
    return notes


def signed(store: SqliteStore, keyring: Keyring) -> str:
    """Make a checkpoint."""
    return Notary(store.evidence, keyring, lambda: NOW, StreamHeads()).checkpoint().note


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file without its triggers, and put them back afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


def columns(path: Path, table: str) -> list[str]:
    """Return the columns of a table."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def changed(value: Any) -> list[Any]:
    """Return values that somebody may have put instead of one."""
    match value:
        case int():
            return [value + 1, value - 1, -value, float(value) + 0.5, str(value) + "x", 2**62]
        case str():
            first = chr(ord(value[0]) ^ 1)
            return [first + value[1:], value[:-1], value + " ", value.encode(), "", 7, b"\xff\xfe"]
        case bytes():
            return [bytes([value[0] ^ 1]) + value[1:], value[:-1] + bytes([value[-1] ^ 0x80]), value[:-1], value + b"\0", b"", 7]
        case _:
            raise TypeError(value)


def rehashed(path: Path) -> None:
    """Compute all nodes anew, as somebody does who hides what was changed."""
    select = """
        SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state
        FROM ledger_entries e JOIN stored_events s ON s.rowid = e.position ORDER BY e.position
    """
    names = ("position", "stream", "version", "topic", "recorded_at", "actor", "state")
    with unguarded(path) as connection:
        rows = connection.execute(select).fetchall()
        tree = Growing()
        connection.execute("DELETE FROM ledger_nodes")
        for row in rows:
            hashes = tree.append(leaf_hash(entry_leaf(**dict(zip(names, row, strict=True)))))
            connection.execute("INSERT INTO ledger_nodes VALUES (?, ?)", (row[0], hashes))
