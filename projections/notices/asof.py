"""Questions as of an entry of the log: only what came with it or before counts."""

from sqlalchemy import ColumnElement, FromClause, Integer, bindparam


def by(table: FromClause, *, as_of: bool) -> list[ColumnElement[bool]]:
    """Return the condition that a row came by the position that is asked for; none where all that is there counts."""
    return [table.c.position <= bindparam("position", type_=Integer)] if as_of else []
