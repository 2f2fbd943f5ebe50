"""The library's recorder, with the ledger's tables beside its own."""

from collections.abc import Sequence

from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from domain.store.contract import Kept
from domain.store.group import Entry
from domain.store.sqlite_rows import format_recorded_at
from domain.store.trees import Trees

_INSERT_ENTRY = "INSERT INTO ledger_entries VALUES (?, ?, ?, ?, ?)"
_INSERT_NODES = "INSERT INTO ledger_nodes VALUES (?, ?)"
_INSERT_COMMAND_NODES = "INSERT INTO command_nodes VALUES (?, ?, ?)"
_INSERT_COMMAND = "INSERT INTO command_keys VALUES (?, ?, ?, ?)"


class LedgerRecorder(SQLiteApplicationRecorder):
    """Streams are named by text. The library's own `insert_events` is refused by the datastore: an event needs its entry."""

    def insert(self, cursor: SQLiteCursor, entries: Sequence[Entry], commands: Sequence[Kept], trees: Trees) -> None:
        """Insert events, their ledger entries, the commands that caused them, and what both add to the trees, into the open transaction."""
        events = [(recorded.stream, recorded.version, topic, state) for recorded, topic, state in entries]
        cursor.executemany(self.insert_events_statement, events)
        rows = [(e.position, e.stream, e.version, format_recorded_at(e.recorded_at), e.actor) for e, _, _ in entries]
        cursor.executemany(_INSERT_ENTRY, rows)
        nodes = [trees.add_entry(row, topic, state) for row, (_, topic, state) in zip(rows, entries, strict=True)]
        cursor.executemany(_INSERT_NODES, nodes)
        if commands:
            cursor.executemany(_INSERT_COMMAND, [(kept.key, kept.fingerprint, kept.answer, kept.position) for kept in commands])
            cursor.executemany(_INSERT_COMMAND_NODES, [trees.add_command(kept) for kept in commands])
