"""One step along the log: what a transaction writes, and how far the view is then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from sqlalchemy import Connection, Dialect, Executable, Insert, Table
from sqlalchemy.sql.elements import ClauseElement

from domain.events import Position
from projections.tables.checkpoints import Checkpoint
from projections.tables.columns import Row


@dataclass(frozen=True, slots=True)
class Stop:
    """The entry that cannot be taken in."""

    position: Position
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """A statement that is carried out once for each row of its values, in the order in which the statement names them."""

    statement: Executable
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Step:
    """What a view takes in at once."""

    reached: Checkpoint
    written: Sequence[Written]


STATEMENTS_MAX = 256
"""Statements whose text is remembered: to write one out takes longer than to carry it out for a few rows."""

BLOCK_VALUES = 400
"""Values that one INSERT holds where there are many rows: a statement for each of them takes twice the time."""


def write_rows(connection: Connection, statement: Executable, rows: list[Row]) -> None:
    """Carry a statement out for many rows."""
    # Past the ORM's care for each value, which takes longer than the insert itself: rows hold only what drivers take as it is.
    text, in_blocks = _text(connection.dialect, statement), 0
    if isinstance(statement, Insert) and statement.select is None:
        block = BLOCK_VALUES // len(statement.table.c)
        in_blocks = len(rows) // block * block
        blocks: list[Row] = [tuple(chain.from_iterable(rows[first : first + block])) for first in range(0, in_blocks, block)]
        if blocks:
            into, _, values = text.partition(" VALUES ")
            connection.exec_driver_sql(f"{into} VALUES {', '.join([values] * block)}", blocks)
    if rest := rows[in_blocks:]:
        connection.exec_driver_sql(text, rest)


@lru_cache(maxsize=STATEMENTS_MAX)
def made(make: Callable[[Table], Executable], table: Table) -> Executable:
    """Return the statement of a kind for a table: always the same one, whose text is then known."""
    return make(table)


@lru_cache(maxsize=STATEMENTS_MAX)
def _text(dialect: Dialect, statement: Executable) -> str:
    if not isinstance(statement, ClauseElement):
        raise TypeError(statement)
    return str(statement.compile(dialect=dialect))
