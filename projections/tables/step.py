"""One step along the log: what a transaction writes, and how far the view is then."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Executable
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


def write_rows(connection: Connection, statement: Executable, rows: list[Row]) -> None:
    """Carry a statement out for many rows."""
    if rows:
        # Past the ORM's care for each value, which takes longer than the insert itself: rows hold only what drivers take as it is.
        connection.exec_driver_sql(driver_text(connection, statement), rows)


def driver_text(connection: Connection, statement: Executable) -> str:
    """Return a statement as the database's driver takes it."""
    if not isinstance(statement, ClauseElement):
        raise TypeError(statement)
    return str(statement.compile(dialect=connection.dialect))
