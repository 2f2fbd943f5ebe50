"""The tables of the SQLite store, and the triggers that keep them append-only."""

SCHEMA_VERSION = 2

# An entry has the position of its event's row, so the events' primary key is the index of the entries too. The guards keep both without a
# hole from 1 on, and so VACUUM, which may number rows anew, gives them the same numbers.
_FIRST_TABLES = (
    """
    CREATE TABLE ledger_entries (
        position INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        recorded_at TEXT NOT NULL,
        actor TEXT NOT NULL
    )
    """,
    "CREATE INDEX ledger_streams ON ledger_entries (originator_id) WHERE originator_version = 1",
    """
    CREATE TABLE command_keys (
        key TEXT PRIMARY KEY NOT NULL,
        fingerprint TEXT NOT NULL,
        answer BLOB NOT NULL,
        position INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)

PROOF_TABLES = (
    """
    CREATE TABLE ledger_nodes (
        position INTEGER PRIMARY KEY,
        hashes BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE command_nodes (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        hashes BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE checkpoints (
        number INTEGER PRIMARY KEY,
        size INTEGER NOT NULL,
        note TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE checkpoint_timestamps (
        number INTEGER PRIMARY KEY,
        checkpoint INTEGER NOT NULL,
        token BLOB NOT NULL
    )
    """,
)
"""Since version 2: hashes of the trees, of each leaf and whatever it completes (`domain.proof.merkle`), and what was signed."""

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'append-only'); END"

# INSERT OR REPLACE deletes without firing DELETE triggers, so whatever it could replace is refused before the INSERT.
# A rowid that is not given reads as -1 there; AFTER INSERT keeps a row from taking that number.
_FIRST_GUARDS = {
    "stored_events": """
        NEW.originator_version IS NOT
            (SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events WHERE originator_id = NEW.originator_id)
        OR EXISTS (SELECT 1 FROM stored_events WHERE rowid = NEW.rowid)
    """,
    "ledger_entries": """
        NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM ledger_entries)
        OR EXISTS (SELECT 1 FROM ledger_entries WHERE position = NEW.position - 1 AND recorded_at >= NEW.recorded_at)
        OR NEW.position IS NOT
            (SELECT rowid FROM stored_events WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)
    """,
    "command_keys": "EXISTS (SELECT 1 FROM command_keys WHERE key = NEW.key)",
}
_PROOF_GUARDS = {
    "ledger_nodes": "NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM ledger_nodes)",
    "command_nodes": "NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM command_nodes)",
    "checkpoints": "NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM checkpoints)",
    "checkpoint_timestamps": "NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM checkpoint_timestamps)",
}


def _triggers(table: str, guard: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {_REFUSE}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {_REFUSE}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {guard} {_REFUSE}",
    )


_FIRST_TRIGGERS = (
    *(statement for table, guard in _FIRST_GUARDS.items() for statement in _triggers(table, guard)),
    f"CREATE TRIGGER stored_events_no_odd_rowid AFTER INSERT ON stored_events WHEN NEW.rowid < 1 {_REFUSE}",
)
PROOF_TRIGGERS = tuple(statement for table, guard in _PROOF_GUARDS.items() for statement in _triggers(table, guard))

STATEMENTS = (*_FIRST_TABLES, *PROOF_TABLES, *_FIRST_TRIGGERS, *PROOF_TRIGGERS)
"""All that a new ledger has beside the library's table of events."""


def _names(statements: tuple[str, ...]) -> set[str]:
    return {statement.split()[2] for statement in statements}


NAMES = {1: _names((*_FIRST_TABLES, *_FIRST_TRIGGERS)) | {"stored_events"}, 2: _names(STATEMENTS) | {"stored_events"}}
"""What a ledger of each version holds."""
