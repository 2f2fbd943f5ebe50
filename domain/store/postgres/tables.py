"""The tables of the PostgreSQL store, and the triggers that keep them append-only."""

from domain.store.postgres.guards import GUARDED, creation

SCHEMA_VERSION = 2
"""Counted as SQLite's: what holds the same columns has the same version."""

APPLICATION = "lifecycle ledger"
"""Stands in `ledger_schema`, and tells a ledger from what has tables of the same names."""

# COLLATE "C" sorts and compares names by their bytes, as SQLite does, whatever the locale of the database.
TABLES = {
    "ledger_schema": "version integer PRIMARY KEY, application text NOT NULL",
    "ledger_entries": """
        position bigint PRIMARY KEY CHECK (position > 0),
        stream text COLLATE "C" NOT NULL,
        version integer NOT NULL CHECK (version > 0),
        topic text COLLATE "C" NOT NULL,
        recorded_at text COLLATE "C" NOT NULL,
        actor text COLLATE "C" NOT NULL,
        state bytea NOT NULL,
        UNIQUE (stream, version)
    """,
    "ledger_nodes": "position bigint PRIMARY KEY CHECK (position > 0), hashes bytea NOT NULL",
    "ledger_commands": """
        key text COLLATE "C" PRIMARY KEY,
        fingerprint text COLLATE "C" NOT NULL,
        answer bytea NOT NULL,
        position bigint NOT NULL
    """,
    "ledger_command_nodes": 'number bigint PRIMARY KEY CHECK (number > 0), key text COLLATE "C" NOT NULL, hashes bytea NOT NULL',
    "ledger_checkpoints": "number bigint PRIMARY KEY CHECK (number > 0), size bigint NOT NULL, note text NOT NULL",
    "ledger_timestamps": "number bigint PRIMARY KEY CHECK (number > 0), checkpoint bigint NOT NULL, token bytea NOT NULL",
}

LOG_TABLES = tuple(table for table in TABLES if table != "ledger_schema")
"""What a role that appends may INSERT into."""

_INDEXES = ("CREATE INDEX ledger_streams ON ledger_entries (stream) WHERE version = 1",)

_REFUSE = """
    CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""


def statements(schema: str) -> list[str]:
    """Return what makes a ledger, in order; the name of the schema comes quoted.

    Triggers fire ALWAYS, so that a session that passes itself off as a replica does not get around them.
    """
    made = [f"CREATE TABLE {table} ({columns})" for table, columns in TABLES.items()]
    made += [*_INDEXES, _REFUSE, *(creation(table, schema) for table in GUARDED)]
    for table, name, trigger in _triggers():
        made += [f"CREATE TRIGGER {name} {trigger}", f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"]
    return made


def trigger_names() -> set[str]:
    """Return the names of all triggers that a ledger has."""
    return {name for _, name, _ in _triggers()}


def _triggers() -> list[tuple[str, str, str]]:
    refused = [
        (table, f"{table}_no_change", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()")
        for table in TABLES
    ]
    refused += [
        (table, f"{table}_no_truncate", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()")
        for table in TABLES
    ]
    return refused + [
        (
            table,
            f"{table}_in_order",
            f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {table}_guard()",
        )
        for table in GUARDED
    ]
