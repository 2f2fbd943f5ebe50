"""How a group's rows go in: one statement for all tables, whatever the number of rows."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from domain.proof.evidence import StoredEntry
from domain.store.contract import Kept
from domain.store.group import Entry
from domain.store.postgres.address import Connection
from domain.store.postgres.literals import array
from domain.store.sqlite_rows import format_recorded_at
from domain.store.trees import EntryColumns, Trees

CHUNK_ROWS = 5000
CHUNK_BYTES = 8_000_000
"""Most that one statement takes; a longer append is several statements of one transaction."""

TEXT_ROWS = 128
TEXT_BYTES = 100_000
"""Most that goes as text."""

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


class _Statement(NamedTuple):
    """One of the statements, under the name by which a session knows it."""

    name: str
    text: str

    @property
    def preparing(self) -> str:
        """What makes it known to a session, by its number."""
        numbers = count(1)
        text = re.sub("%b", lambda _: f"${next(numbers)}", self.text)
        return f"PREPARE {self.name} AS {text}"


_BOTH = _Statement("ledger_insert", f"WITH {_ENTRIES}, {_COMMANDS} {_TELL}")
_ENTRIES_ALONE = _Statement("ledger_insert_entries", f"WITH {_ENTRIES} {_TELL}")
_COMMANDS_ALONE = _Statement("ledger_insert_commands", f"WITH {_COMMANDS} SELECT")

PREPARE = ";".join(statement.preparing for statement in (_BOTH, _ENTRIES_ALONE, _COMMANDS_ALONE))
"""Lets a session know the statements."""


def insert(connection: Connection, entries: Sequence[Entry], commands: Sequence[Kept], trees: Trees) -> str:
    """Insert entries and commands, with their nodes; return what is left to be done together with the COMMIT, if anything.

    The last rows, where they are few, go as text: to bind each column, and to travel twice, takes longer than to write them.

    Raises:
        psycopg.Error: the database does not take them.
    """
    chunks = list(_chunks(entries))
    last = chunks.pop() if chunks else []
    for chunk in chunks:
        connection.execute(_ENTRIES_ALONE.text, _entry_columns(chunk, trees))
    if not last and not commands:
        return ""
    statement = (_BOTH if commands else _ENTRIES_ALONE) if last else _COMMANDS_ALONE
    columns = [*(_entry_columns(last, trees) if last else ()), *(_command_columns(commands, trees) if commands else ())]
    if _few(last, commands):
        return f"EXECUTE {statement.name} ({', '.join(array(connection, column) for column in columns)});"
    connection.execute(statement.text, columns)
    return ""


def _few(entries: Sequence[Entry], commands: Sequence[Kept]) -> bool:
    return (
        len(entries) + len(commands) <= TEXT_ROWS
        and sum(len(entry.state) for entry in entries) + sum(len(kept.answer) for kept in commands) <= TEXT_BYTES
    )


def insert_stored(connection: Connection, entries: Sequence[StoredEntry], commands: Sequence[Kept], trees: Trees) -> None:
    """Insert entries and commands that another ledger holds, as they stand there, with their nodes.

    Raises:
        psycopg.Error: the database does not take them.
    """
    if entries:
        rows = [((one.position, one.stream, one.version, one.recorded_at, one.actor), one.topic, one.state) for one in entries]
        connection.execute(_ENTRIES_ALONE.text, _stored_columns(rows, trees))
    if commands:
        connection.execute(_COMMANDS_ALONE.text, _command_columns(commands, trees))


def _entry_columns(entries: Sequence[Entry], trees: Trees) -> list[list[object]]:
    places = ((one.position, one.stream, one.version, format_recorded_at(one.recorded_at), one.actor) for one, _, _ in entries)
    return _stored_columns([(place, topic, state) for place, (_, topic, state) in zip(places, entries, strict=True)], trees)


def _stored_columns(entries: Sequence[tuple[EntryColumns, str, bytes]], trees: Trees) -> list[list[object]]:
    rows = [(*at, topic, state) for at, topic, state in entries]
    return _columns(rows) + _columns([trees.add_entry(at, topic, state) for at, topic, state in entries])


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
