"""Who does not want to be told, and who is erased."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from sqlalchemy import Connection, Row, bindparam, select

from domain.events import Position
from projections.directory.standing import at, stood
from projections.directory.view import ERASED, WISHES

_ASKED_MAX = 1000
"""People that are asked for at once."""

_STANDING = select(WISHES.c.person, WISHES.c.wish).where(stood(WISHES, at()))
_OF = _STANDING.where(WISHES.c.person.in_(bindparam("people", expanding=True)))


def wishes(connection: Connection, position: Position, people: Iterable[str] | None = None) -> Mapping[str, str]:
    """Return `opted_out` or `erased` for each person of whom one of them holds at a position; who is erased is that alone.

    Args:
        connection: To the views, which have taken in the log up to the position at least.
        position: As of which entry.
        people: Of whom; everybody, if nobody is named.
    """
    found: dict[str, str] = {}
    for person, wish in _standing(connection, position, people):
        if found.get(person) != ERASED:
            found[person] = wish
    return found


def _standing(connection: Connection, position: Position, people: Iterable[str] | None) -> Iterator[Row[str, str]]:
    if people is None:
        yield from connection.execute(_STANDING, {"position": position})
        return
    rest = iter(people)
    while asked := list(islice(rest, _ASKED_MAX)):
        yield from connection.execute(_OF, {"position": position, "people": asked})
