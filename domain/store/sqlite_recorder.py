"""The library's recorder, with the ledger's tables beside its own."""

from collections.abc import Sequence

from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from domain.store.contract import Kept
from domain.store.group import Entry
from domain.store.sqlite_rows import format_recorded_at

_INSERT_ENTRY = "INSERT INTO ledger_entries VALUES (?, ?, ?, ?, ?)"
_INSERT_COMMAND = "INSERT INTO command_keys VALUES (?, ?, ?, ?)"


class LedgerRecorder(SQLiteApplicationRecorder):
    """Streams are named by text. The library's own `insert_events` is refused by the datastore: an event needs its entry."""

    def insert(self, cursor: SQLiteCursor, entries: Sequence[Entry], commands: Sequence[Kept]) -> None:
        """Insert events, their ledger entries and the commands that caused them into the transaction that is open."""
        events = [(recorded.stream, recorded.version, topic, state) for recorded, topic, state in entries]
        cursor.executemany(self.insert_events_statement, events)
        rows = [(e.position, e.stream, e.version, format_recorded_at(e.recorded_at), e.actor) for e, _, _ in entries]
        cursor.executemany(_INSERT_ENTRY, rows)
        if commands:
            cursor.executemany(_INSERT_COMMAND, [(kept.key, kept.fingerprint, kept.answer, kept.position) for kept in commands])
