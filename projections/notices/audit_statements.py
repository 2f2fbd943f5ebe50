"""The statements of the audit: one for each combination of what is asked for, which begins where the answer can be narrowest.

A page is cut from the reasons alone, and only then put together with what is known of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import BindParameter, ColumnElement, FromClause, Integer, Select, and_, bindparam, func, or_, select, tuple_, union_all

from projections.notices.asof import by
from projections.notices.dates import DayBefore
from projections.notices.tables import ACKNOWLEDGEMENTS, MEMBERS, OUTCOMES, REASONS, RUNS
from projections.notices.told import State, accepted_at, in_state
from projections.tables.columns import TEXT
from projections.tables.prepared import Prepared


class DateAsked(StrEnum):
    """The firm date before which people had to be told."""

    DEPRECATED = "deprecated"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for, whatever the values."""

    model: bool
    run: bool
    id: bool
    subscription: bool
    role: bool
    state: State | None
    as_of: bool
    date: DateAsked | None
    """Only those who were not told in time before it."""


_r, _m, _u = REASONS.c, MEMBERS.c, RUNS.c
_KEY = (_r.run, _r.member, _r.subscription, _r.role)


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=TEXT)


class _After:
    """The key after which a page begins."""

    run, member = _number("after_run"), _number("after_member")
    subscription, role = _text("after_subscription"), _text("after_role")


_AFTER = _After()
_Keys = Select[int, int, str, str]


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> Prepared:
    """Return the statement of a page: a row for each outcome of each reason, and one for a reason without an outcome."""
    page, as_of, acknowledgement = _page(shape).cte("page"), shape.as_of, ACKNOWLEDGEMENTS.c
    of_member = and_(_m.run == page.c.run, _m.member == page.c.member)
    acknowledged = and_(acknowledgement.run == page.c.run, acknowledgement.recipient == page.c.member, *by(ACKNOWLEDGEMENTS, as_of=as_of))
    told = and_(OUTCOMES.c.run == page.c.run, OUTCOMES.c.recipient == page.c.member, *by(OUTCOMES, as_of=as_of))
    o = OUTCOMES.c
    return Prepared(
        select(
            *(page.c.run, page.c.member, page.c.subscription, page.c.role),
            *(_m.id, _m.address, _m.exclusion, acknowledgement.at),
            *(_u.catalog, _u.model, _u.scope, _u.cause, _u.opened_at, _u.legacy, _u.deprecated, _u.retired),
            *(_u.deprecated_on, _u.retired_on, _u.legacy_days_min, _u.deprecated_days_min),
            *(o.result, o.at, o.channel, o.code, o.reference, o.reported_by),
        )
        .select_from(page)
        .join(MEMBERS, of_member)
        .join(RUNS, page.c.run == _u.run)
        .outerjoin(ACKNOWLEDGEMENTS, acknowledged)
        .outerjoin(OUTCOMES, told)
        .order_by(page.c.run, page.c.member, page.c.subscription, page.c.role, o.position, o.ordinal)
    )


def _page(shape: Shape) -> _Keys:
    """Return the keys of a page. Where rows lie apart, it is made of two: the rest of the piece in which it begins, and later pieces."""
    if shape.id:
        of_member = and_(_r.run == _AFTER.run, _r.member == _AFTER.member, tuple_(*_KEY[2:]) > tuple_(_AFTER.subscription, _AFTER.role))
        later_members = tuple_(_m.run, _m.member) > tuple_(_AFTER.run, _AFTER.member)
        return _of_two(_fitting(shape).where(of_member), _fitting(shape).where(later_members), (_m.run, _m.member))
    if shape.subscription:
        return _cut(_fitting(shape).where(tuple_(_r.run, _r.member, _r.role) > tuple_(_AFTER.run, _AFTER.member, _AFTER.role)))
    if shape.run:
        return _cut(_fitting(shape).where(tuple_(*_KEY[1:]) > tuple_(_AFTER.member, _AFTER.subscription, _AFTER.role)))
    whole = tuple_(*_KEY) > tuple_(_AFTER.run, _AFTER.member, _AFTER.subscription, _AFTER.role)
    if shape.model:
        of_run = and_(_r.run == _AFTER.run, tuple_(*_KEY[1:]) > tuple_(_AFTER.member, _AFTER.subscription, _AFTER.role))
        return _of_two(_fitting(shape).where(of_run), _fitting(shape).where(_u.run > _AFTER.run), (_u.run, _r.member))
    return _cut(_fitting(shape).where(whole))


def _fitting(shape: Shape) -> _Keys:
    """Return the keys of all rows that fit."""
    source: FromClause = REASONS
    if shape.id or shape.as_of:
        source = source.join(MEMBERS, and_(_m.run == _r.run, _m.member == _r.member))
    if shape.model or shape.date:
        source = source.join(RUNS, _u.run == _r.run)
    return select(*_KEY).select_from(source).where(*_conditions(shape))


def _conditions(shape: Shape) -> Iterator[ColumnElement[bool]]:
    if shape.model:
        yield (_u.catalog == _text("catalog")) & (_u.model == _text("model"))
    if shape.run:
        yield _r.run == _number("run")
    if shape.id:
        yield _m.id == _text("id")
    if shape.subscription:
        yield _r.subscription == _text("subscription")
    if shape.role:
        yield _r.role == _text("role")
    if shape.as_of:
        yield from by(MEMBERS, as_of=True)
    if shape.state:
        yield in_state(shape.state, _r.run, _r.member, as_of=shape.as_of)
    if shape.date:
        yield _missed(_u.deprecated_on if shape.date is DateAsked.DEPRECATED else _u.retired_on, as_of=shape.as_of)


def _missed(on: ColumnElement[str | None], *, as_of: bool) -> ColumnElement[bool]:
    """Tell who was not told so many days before a date, where there is one."""
    day = func.substr(accepted_at(_r.run, _r.member, as_of=as_of), 1, 10)
    return on.is_not(None) & or_(_r.member < 0, func.coalesce(day, "9999-99-99") > DayBefore(on, _number("days")))


def _cut(keys: _Keys, piece: tuple[ColumnElement[int], ColumnElement[int]] = _KEY[:2]) -> _Keys:
    """Cut a page, sorted by a piece's own columns, so that what is beyond the page is never read."""
    return keys.order_by(*piece, *_KEY[2:]).limit(_number("limit"))


def _of_two(rest: _Keys, later: _Keys, piece: tuple[ColumnElement[int], ColumnElement[int]]) -> _Keys:
    both = union_all(*(select(*part.c) for part in (_cut(rest).subquery(), _cut(later, piece).subquery()))).subquery()
    return select(*both.c).order_by(*both.c).limit(_number("limit"))
