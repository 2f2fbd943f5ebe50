"""What refuses a row that does not follow the one before: a function for each table, which its trigger calls."""

# Plans are kept by each session. One made while the tables were small must not go through them row by row when they have grown;
# and no table of the session's own may come before the ledger's.
_SETTINGS = "SET search_path = {schema}, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
_CREATION = "CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql {settings} AS $${body}$$"
_BODY = """
    BEGIN
        IF {odd} THEN
            RAISE EXCEPTION 'append-only: a row of {table} does not follow the one before' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END
"""
_LACKS = "EXISTS (SELECT FROM fresh WHERE fresh.{number} > 1 AND NOT EXISTS (SELECT FROM {table} AS before WHERE {precedes}))"
_NUMBERS = {"ledger_nodes": "position", "ledger_command_nodes": "number", "ledger_checkpoints": "number", "ledger_timestamps": "number"}
_LACKS_VERSION = _LACKS.format(
    number="version", table="ledger_entries", precedes="before.stream = fresh.stream AND before.version = fresh.version - 1"
)
_LACKS_POSITION = _LACKS.format(
    number="position",
    table="ledger_entries",
    precedes="before.position = fresh.position - 1 AND before.recorded_at < fresh.recorded_at",
)
# Two questions, each with a join of its own: one NOT EXISTS OR another is answered by a hash of the whole table at every append.
_ODD = {"ledger_entries": f"{_LACKS_POSITION} OR {_LACKS_VERSION}"} | {
    table: _LACKS.format(number=number, table=table, precedes=f"before.{number} = fresh.{number} - 1") for table, number in _NUMBERS.items()
}

GUARDED = tuple(_ODD)
"""The tables whose rows are numbered without a hole."""


def body(table: str) -> str:
    """Return what a table's guard does, as the server keeps it."""
    return _BODY.format(table=table, odd=_ODD[table])


def creation(table: str, schema: str) -> str:
    """Return the statement that makes a table's guard, or renews it; the name of the schema comes quoted."""
    return _CREATION.format(table=table, settings=_SETTINGS.format(schema=schema), body=body(table))
