"""The subscriptions that the directory knows."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Integer, Select, Subquery, bindparam, func, select, union

from domain.events import Position
from projections.directory.standing import at, stood
from projections.directory.view import DEPLOYMENTS, ROLES, WEBHOOKS

_TABLES = (ROLES, DEPLOYMENTS, WEBHOOKS)


class SubscriptionRow(NamedTuple):
    """A subscription, and how much of it stands."""

    id: str
    members: int
    """Principals that hold any role; a group counts, and so does each of its members."""
    deployments: int


def subscriptions(connection: Connection, after: str | None, limit: int, position: Position) -> Sequence[SubscriptionRow]:
    """Return the next subscriptions of which anything was known by a position, in the order of their ids.

    Args:
        connection: To the views, which have taken in the log up to the position at least.
        after: The last id of the page before; none for the first page.
        limit: How many, at the most.
        position: As of which entry.
    """
    asked = {"after": after or "", "limit": limit, "position": position}
    return [SubscriptionRow(*row) for row in connection.execute(_PAGE, asked)]


def count(connection: Connection, position: Position) -> int:
    """Return how many subscriptions anything was known of by a position."""
    return connection.execute(_COUNT, {"position": position}).scalar_one()


def _known() -> Subquery:
    return union(*(select(table.c.subscription).where(table.c.from_position <= at()) for table in _TABLES)).subquery("known")


def _page() -> Select[str, int, int]:
    after, limit = bindparam("after", type_=ROLES.c.subscription.type), bindparam("limit", type_=Integer)
    parts = (
        select(table.c.subscription)
        .where(table.c.subscription > after, table.c.from_position <= at())
        .distinct()
        .order_by(table.c.subscription)
        .limit(limit)
        .subquery()
        for table in _TABLES
    )
    known = union(*(select(part.c.subscription) for part in parts)).subquery("known")
    held = (ROLES.c.subscription == known.c.subscription) & stood(ROLES, at())
    deployed = (DEPLOYMENTS.c.subscription == known.c.subscription) & stood(DEPLOYMENTS, at())
    members = select(func.count(ROLES.c.principal.distinct())).where(held).scalar_subquery()
    deployments = select(func.count()).select_from(DEPLOYMENTS).where(deployed).scalar_subquery()
    return select(known.c.subscription, members, deployments).order_by(known.c.subscription).limit(limit)


_PAGE = _page()
_COUNT = select(func.count()).select_from(_known())
