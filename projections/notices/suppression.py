"""Addresses to which nothing is sent any more."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Connection, and_, bindparam, or_, select

from domain.events import Position
from domain.notices.events import Result
from projections.notices.asof import by
from projections.notices.tables import MEMBERS, OUTCOMES

_ASKED_MAX = 1000
"""People that are asked for at once."""

_NO_SUCH_MAILBOX = frozenset({"550", "551", "553"})

_SAYING = (Result.ACCEPTED, Result.PERMANENT, Result.BOUNCED)
"""The results that say something of an address: others are about a server, or about the notice."""


def suppressed(connection: Connection, ids: Iterable[str], position: Position | None = None) -> set[tuple[str, int]]:
    """Return the addresses, each by whose it is and its number, that did not exist when they were tried last, in whatever run.

    A server that refuses a message for another reason (a policy, its size) says nothing of the address: the next one is tried.
    """
    found: dict[tuple[str, int], str] = {}
    rest = iter(ids)
    while asked := list(islice(rest, _ASKED_MAX)):
        for who, address, result, code in connection.execute(_LAST[position is not None], {"ids": asked, "position": position}):
            if result != Result.PERMANENT.value or is_of_address(code):
                found[who, address] = result
    return {of for of, result in found.items() if result != Result.ACCEPTED.value}


def is_of_address(code: str | None) -> bool:
    """Tell whether a server's permanent answer is about the address: by its enhanced code (RFC 3463, 5.1.x), else by the plain one."""
    basic, _, enhanced = (code or "").partition(" ")
    return enhanced.startswith("5.1.") if enhanced else basic in _NO_SUCH_MAILBOX


_m, _o = MEMBERS.c, OUTCOMES.c

# In the order of the log, so that the last row of each address is the one that counts.
_LAST = [
    select(_m.id, _m.address, _o.result, _o.code)
    .join_from(MEMBERS, OUTCOMES, and_(_o.run == _m.run, _o.recipient == _m.member))
    .where(_m.id.in_(bindparam("ids", expanding=True)), or_(*(_o.result == result.value for result in _SAYING)), *by(OUTCOMES, as_of=as_of))
    .order_by(_o.position, _o.ordinal)
    for as_of in (False, True)
]
