"""How a group's rows go in: one statement for all tables, whatever the number of rows."""

from collections.abc import Iterator, Sequence

from domain.store.contract import Kept
from domain.store.group import Entry
from domain.store.postgres.address import Connection
from domain.store.sqlite_rows import format_recorded_at
from domain.store.trees import Trees

CHUNK_ROWS = 5000
CHUNK_BYTES = 8_000_000
"""Most that one statement takes; a longer append is several statements of one transaction."""

CHANNEL = "ledger_appended"
"""Where a COMMIT that added entries makes itself known. The payload says nothing."""

_ENTRIES = """
    entries AS (
        INSERT INTO ledger_entries (position, stream, version, recorded_at, actor, topic, state)
        SELECT * FROM unnest(%b::bigint[], %b::text[], %b::integer[], %b::text[], %b::text[], %b::text[], %b::bytea[])
    ),
    nodes AS (INSERT INTO ledger_nodes (position, hashes) SELECT * FROM unnest(%b::bigint[], %b::bytea[]))
"""
_COMMANDS = """
    commands AS (
        INSERT INTO ledger_commands (key, fingerprint, answer, position)
        SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bigint[])
    ),
    command_nodes AS (
        INSERT INTO ledger_command_nodes (number, key, hashes) SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bytea[])
    )
"""
_TELL = f"SELECT pg_notify('{CHANNEL}', '')"
_BOTH = f"WITH {_ENTRIES}, {_COMMANDS} {_TELL}"
_ENTRIES_ALONE = f"WITH {_ENTRIES} {_TELL}"
_COMMANDS_ALONE = f"WITH {_COMMANDS} SELECT"


def insert(connection: Connection, entries: Sequence[Entry], commands: Sequence[Kept], trees: Trees) -> None:
    """Insert entries and commands, with their nodes.

    Raises:
        psycopg.Error: the database does not take them.
    """
    chunks = list(_chunks(entries))
    last = chunks.pop() if chunks else []
    for chunk in chunks:
        connection.execute(_ENTRIES_ALONE, _entry_columns(chunk, trees))
    if last and commands:
        connection.execute(_BOTH, (*_entry_columns(last, trees), *_command_columns(commands, trees)))
    elif last:
        connection.execute(_ENTRIES_ALONE, _entry_columns(last, trees))
    elif commands:
        connection.execute(_COMMANDS_ALONE, _command_columns(commands, trees))


def _entry_columns(entries: Sequence[Entry], trees: Trees) -> list[list[object]]:
    rows, nodes = [], []
    for recorded, topic, state in entries:
        at = (recorded.position, recorded.stream, recorded.version, format_recorded_at(recorded.recorded_at), recorded.actor)
        rows.append((*at, topic, state))
        nodes.append(trees.add_entry(at, topic, state))
    return _columns(rows) + _columns(nodes)


def _command_columns(commands: Sequence[Kept], trees: Trees) -> list[list[object]]:
    rows = [(kept.key, kept.fingerprint, kept.answer, kept.position) for kept in commands]
    return _columns(rows) + _columns([trees.add_command(kept) for kept in commands])


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        if chunk and (len(chunk) == CHUNK_ROWS or size + len(entry.state) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += len(entry.state)
    if chunk:
        yield chunk
