"""How a writer's transaction begins: in one round trip it has the lock, the head, and what others have appended."""

from typing import Any, NamedTuple

from domain.events import Position
from domain.recorded import Head
from domain.store.postgres.address import Connection
from domain.store.postgres.rows import COLUMNS
from domain.store.postgres.sessions import WRITE_LOCK
from domain.store.sqlite_rows import Row, parse_recorded_at

_PREPARE = f"""
    PREPARE ledger_head AS SELECT head.position, head.recorded_at,
        (SELECT coalesce(max(position), 0) FROM ledger_nodes), (SELECT coalesce(max(number), 0) FROM ledger_command_nodes),
        (SELECT max(version) FROM ledger_schema), pg_backend_pid()
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (SELECT position, recorded_at FROM ledger_entries ORDER BY position DESC LIMIT 1) AS head ON true;
    PREPARE ledger_fresh (bigint, bigint) AS SELECT {COLUMNS} FROM ledger_entries WHERE position > $1 ORDER BY position LIMIT $2
"""  # noqa: S608 - put together of constants
# Each statement sees what was committed before it began, so those after the lock see all there is.
_BEGIN = f"""
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT pg_advisory_xact_lock({WRITE_LOCK});
    EXECUTE ledger_head;
    EXECUTE ledger_fresh({{after}}, {{limit}})
"""


class Begun(NamedTuple):
    """The ledger as a transaction finds it, and as it stays until the transaction ends."""

    head: Head
    entries: int
    """Leaves of the entries' tree."""
    commands: int
    """Leaves of the commands' tree."""
    schema_version: int
    session: int
    """What the server calls the session."""
    fresh: list[Row]
    """Entries after the one that was asked for."""


def prepare(connection: Connection) -> None:
    """Let a session know the questions that each transaction begins with."""
    connection.execute(_PREPARE)


def begin(connection: Connection, after: Position, limit: int) -> Begun:
    """Begin a transaction under the lock, and return at most so many entries after a position.

    Raises:
        psycopg.Error: the lock or the database cannot be had.
    """
    answers = connection.execute(_BEGIN.format(after=after, limit=limit))
    answers.nextset()
    answers.nextset()
    found: list[Any] = answers.fetchall()
    answers.nextset()
    fresh: list[Any] = answers.fetchall()
    ((position, recorded_at, entries, commands, version, session),) = found
    head = Head(position, parse_recorded_at(recorded_at)) if position else Head(0, None)
    return Begun(head, entries, commands, version or 0, session, fresh)
