"""What stood in the directory at a position."""

from sqlalchemy import BindParameter, ColumnElement, FromClause, Integer, bindparam, or_

from domain.events import Position


def at(name: str = "position") -> BindParameter[Position]:
    """Return the parameter that takes a position."""
    return bindparam(name, type_=Integer)


def stood(stretches: FromClause, position: ColumnElement[Position]) -> ColumnElement[bool]:
    """Tell the stretches that hold a position: each begins with its first entry, and the entry that ends it is no longer of it."""
    return (stretches.c.from_position <= position) & or_(stretches.c.to_position.is_(None), stretches.c.to_position > position)
