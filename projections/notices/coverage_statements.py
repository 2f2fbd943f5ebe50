"""The statements of coverage, each for all that is there, and as of a position."""

from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, func, select

from projections.notices.asof import by
from projections.notices.tables import MEMBERS, OUTCOMES, PROGRESS, REASONS, SUBSCRIPTIONS
from projections.tables.columns import TEXT

_RUN, _FIRST, _LAST = (bindparam(name, type_=Integer) for name in ("run", "first", "last"))
_o, _r, _m, _s = OUTCOMES.c, REASONS.c, MEMBERS.c, SUBSCRIPTIONS.c
_OUTCOME = (_o.result, _o.at, _o.channel, _o.code, _o.reference, _o.reported_by)

OF_RUN = [
    select(_o.recipient, *_OUTCOME).where(_o.run == _RUN, *by(OUTCOMES, as_of=as_of)).order_by(_o.recipient, _o.position, _o.ordinal)
    for as_of in (False, True)
]
CLOSED = [
    select(func.max(PROGRESS.c.at)).where(PROGRESS.c.run == _RUN, PROGRESS.c.kind == "closed", *by(PROGRESS, as_of=as_of))
    for as_of in (False, True)
]
ROLES = select(_r.member, _r.role).where(_r.run == _RUN, _r.member.between(_FIRST, _LAST)).order_by(_r.member)
EXCLUSIONS = (
    select(_m.exclusion, func.count())
    .where(_m.run == _RUN, _m.member >= _FIRST, _m.member < 0)
    .group_by(_m.exclusion)
    .order_by(_m.exclusion)
)


def _of_subscriptions(*, as_of: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement that gives a row for each outcome of each member of some subscriptions."""
    after = bindparam("after", type_=TEXT)
    page = (
        select(_s.subscription)
        .where(_s.run == _RUN, _s.subscription > after, *by(SUBSCRIPTIONS, as_of=as_of))
        .distinct()
        .order_by(_s.subscription)
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
    member = (
        select(_r.subscription, _r.member)
        .join_from(page, REASONS, _r.subscription == page.c.subscription)
        .where(_r.run == _RUN, _r.member.between(_FIRST, _LAST))
        .distinct()
        .subquery()
    )
    told = and_(_o.run == _RUN, _o.recipient == member.c.member, *by(OUTCOMES, as_of=as_of))
    return (
        select(member.c.subscription, member.c.member, *_OUTCOME)
        .outerjoin_from(member, OUTCOMES, told)
        .order_by(member.c.subscription, member.c.member, _o.position, _o.ordinal)
    )


OF_SUBSCRIPTIONS = [_of_subscriptions(as_of=as_of) for as_of in (False, True)]
