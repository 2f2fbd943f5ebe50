"""How far the tables have come, so that an answer about an entry of the log holds nothing later."""

from sqlalchemy import Connection, bindparam, select

from domain.events import Position
from projections.notices.view import VIEW
from projections.tables.checkpoints import TABLE
from projections.tables.columns import TEXT
from projections.tables.prepared import Prepared

_REACHED = Prepared(select(TABLE.c.position).where(TABLE.c.view == bindparam("view", type_=TEXT)))


def as_of(connection: Connection, position: Position) -> Position | None:
    """Return the position to ask as of; none where nothing later is there, for that is asked with less work."""
    reached = _REACHED.rows(connection, {"view": VIEW.name})
    return position if reached and reached[0][0] > position else None
