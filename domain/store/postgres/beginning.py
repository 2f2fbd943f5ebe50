"""How a writer's transaction begins: in one round trip it has the lock, the head, and all that it needs to go on."""

from typing import Any, NamedTuple

from domain.events import Position
from domain.recorded import Head
from domain.store.contract import Kept
from domain.store.postgres import inserting
from domain.store.postgres.address import Connection
from domain.store.postgres.literals import array
from domain.store.postgres.nodes import COMMANDS, ENTRIES
from domain.store.postgres.rows import COLUMNS
from domain.store.postgres.sessions import WRITE_LOCK
from domain.store.sqlite_rows import Row, parse_recorded_at

# The rows that complete the peaks of a tree of n leaves are n, n without its lowest bit, and so on.
_PREPARE = f"""
    PREPARE ledger_head AS SELECT head.position, head.recorded_at,
        (SELECT coalesce(max(position), 0) FROM ledger_nodes), (SELECT coalesce(max(number), 0) FROM ledger_command_nodes),
        (SELECT max(version) FROM ledger_schema), pg_backend_pid()
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (SELECT position, recorded_at FROM ledger_entries ORDER BY position DESC LIMIT 1) AS head ON true;
    PREPARE ledger_fresh (bigint, bigint) AS SELECT {COLUMNS} FROM ledger_entries WHERE position > $1 ORDER BY position LIMIT $2;
    PREPARE ledger_peaks (bigint, bigint) AS
        WITH RECURSIVE sizes AS (
            SELECT (SELECT coalesce(max(position), 0) FROM ledger_nodes) AS entries,
                (SELECT coalesce(max(number), 0) FROM ledger_command_nodes) AS commands
        ), changed AS (
            SELECT * FROM sizes WHERE (entries, commands) <> ($1, $2)
        ), peaks (tree, at) AS (
            SELECT '{ENTRIES}', entries FROM changed UNION ALL SELECT '{COMMANDS}', commands FROM changed
            UNION ALL SELECT tree, at & (at - 1) FROM peaks WHERE at & (at - 1) > 0
        )
        SELECT tree, at, CASE tree
            WHEN '{ENTRIES}' THEN (SELECT hashes FROM ledger_nodes WHERE position = at)
            ELSE (SELECT hashes FROM ledger_command_nodes WHERE number = at) END
        FROM peaks WHERE at > 0;
    PREPARE ledger_kept (text[]) AS SELECT key, fingerprint, answer, position FROM ledger_commands WHERE key = ANY($1)
"""  # noqa: S608 - put together of constants
# Each statement sees what was committed before it began, so those after the lock see all there is.
_BEGIN = f"""
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT pg_advisory_xact_lock({WRITE_LOCK});
    EXECUTE ledger_head;
    EXECUTE ledger_fresh({{after}}, {{limit}});
    EXECUTE ledger_peaks({{entries}}, {{commands}});
    EXECUTE ledger_kept({{keys}})
"""


class Wanted(NamedTuple):
    """What a transaction asks for as it begins."""

    after: Position
    """The last entry that is known."""
    limit: int
    """Most entries after it."""
    sizes: tuple[int, int]
    """Leaves of both trees that are known; if they are still these, no peaks are asked for."""
    keys: frozenset[str]
    """Commands."""


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
    """Entries after the one that was known."""
    peaks: dict[tuple[str, int], bytes]
    """Hashes of the rows that complete the peaks, by tree and row."""
    kept: dict[str, Kept]
    """Those commands that are kept."""


def prepare(connection: Connection) -> None:
    """Let a session know the questions that each transaction begins with, and the statements that it ends with."""
    connection.execute(f"{_PREPARE};{inserting.PREPARE}")


def begin(connection: Connection, wanted: Wanted) -> Begun:
    """Begin a transaction under the lock.

    Raises:
        psycopg.Error: the lock or the database cannot be had.
    """
    keys = array(connection, tuple(wanted.keys))
    entries, commands = wanted.sizes
    statement = _BEGIN.format(after=wanted.after, limit=wanted.limit, entries=entries, commands=commands, keys=keys)
    answers = connection.execute(statement)
    answers.nextset()
    found: list[list[Any]] = []
    while answers.nextset():
        found.append(answers.fetchall())
    ((position, recorded_at, *rest),), fresh, peaks, kept = found
    head = Head(position, parse_recorded_at(recorded_at)) if position else Head(0, None)
    entries, commands, version, session = rest
    hashes = {(tree, at): row or b"" for tree, at, row in peaks}
    return Begun(head, entries, commands, version or 0, session, fresh, hashes, {row[0]: Kept(*row) for row in kept})
