"""The statements of the audit: one or two for each combination of what is asked for, which begin where the answer can be narrowest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, func, or_, select, tuple_

from projections.notices.asof import by
from projections.notices.dates import DayBefore
from projections.notices.tables import ACKNOWLEDGEMENTS, MEMBERS, OUTCOMES, REASONS, RUNS
from projections.notices.told import State, accepted_at, in_state, once
from projections.tables.columns import TEXT
from projections.tables.json_text import JsonObject, JsonText
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
    as_json: bool
    """As texts for JSON, or as values."""


_r, _m, _u, _o, _a = REASONS.c, MEMBERS.c, RUNS.c, OUTCOMES.c, ACKNOWLEDGEMENTS.c
_KEY = (_r.run, _r.member, _r.subscription, _r.role)
_WHY = (_r.run, _r.member, _m.id, _m.address, _r.subscription, _r.role)
_ONCE = once(_o.result, _o.at, _r.member)
_CAME = (_ONCE.state, _m.exclusion, _o.channel, _ONCE.accepted_at, _ONCE.attempts, _o.code, _o.reference, _o.reported_by)


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=TEXT)


class _After:
    """The key after which a page begins."""

    run, member = _number("after_run"), _number("after_member")
    subscription, role = _text("after_subscription"), _text("after_role")


_AFTER = _After()


@lru_cache(maxsize=512)
def page_statements(shape: Shape) -> Sequence[Prepared]:
    """Return the statements of a page: a row for each outcome of each reason, and one for a reason without an outcome.

    As values, a row has the run, what `AuditRow` has from `member` to `role`, the outcome's result, what it has from `state` to
    `reported_by` as if there were no other outcome, and the acknowledgement. As JSON: the run, an object from `member` on, the result and
    the day of an acceptance, each empty where there is none, an object from `state` on, and the acknowledgement.
    Where rows lie apart there are two: for the rest of the piece in which the page begins, and for later pieces. Each is sorted by the
    columns of what it begins with, so that nothing beyond the page is read.
    """
    after_reason = tuple_(*_KEY[2:]) > tuple_(_AFTER.subscription, _AFTER.role)
    after_member = tuple_(*_KEY[1:]) > tuple_(_AFTER.member, _AFTER.subscription, _AFTER.role)
    if shape.id:
        later_members = tuple_(_m.run, _m.member) > tuple_(_AFTER.run, _AFTER.member)
        of_member = _page(shape, and_(_r.run == _AFTER.run, _r.member == _AFTER.member, after_reason))
        return of_member, _page(shape, later_members, (_m.run, _m.member))
    if shape.subscription and shape.run:
        return (_page(shape, tuple_(_r.member, _r.role) > tuple_(_AFTER.member, _AFTER.role)),)
    if shape.subscription:
        return (_page(shape, tuple_(_r.run, _r.member, _r.role) > tuple_(_AFTER.run, _AFTER.member, _AFTER.role)),)
    if shape.run:
        return (_page(shape, after_member),)
    if shape.model:
        return _page(shape, and_(_r.run == _AFTER.run, after_member)), _page(shape, _u.run > _AFTER.run, (_u.run, _r.member))
    return (_page(shape, tuple_(*_KEY) > tuple_(_AFTER.run, _AFTER.member, _AFTER.subscription, _AFTER.role)),)


def _page(shape: Shape, after: ColumnElement[bool], piece: Sequence[ColumnElement[int]] = _KEY[:2]) -> Prepared:
    acknowledged = and_(_a.run == _r.run, _a.recipient == _r.member, *by(ACKNOWLEDGEMENTS, as_of=shape.as_of))
    told = and_(_o.run == _r.run, _o.recipient == _r.member, *by(OUTCOMES, as_of=shape.as_of))
    found = (
        select(*(_as_json() if shape.as_json else _as_values()))
        .select_from(REASONS)
        .join(MEMBERS, and_(_m.run == _r.run, _m.member == _r.member))
        .where(after, *_conditions(shape))
    )
    if shape.model or shape.date:
        found = found.join(RUNS, _u.run == _r.run)
    found = found.outerjoin(ACKNOWLEDGEMENTS, acknowledged).outerjoin(OUTCOMES, told)
    return Prepared(found.order_by(*piece, *_KEY[2:], _o.position, _o.ordinal).limit(_number("rows_max")), as_texts=shape.as_json)


def _as_values() -> Sequence[ColumnElement[Any]]:
    return *_WHY, _o.result, *_CAME, _a.at


def _as_json() -> Sequence[ColumnElement[str]]:
    result, day = func.coalesce(_o.result, ""), func.coalesce(func.substr(_ONCE.accepted_at, 1, 10), "")
    return JsonText(_r.run), JsonObject(*_WHY[1:]), result, day, JsonObject(*_CAME), JsonText(_a.at)


def _conditions(shape: Shape) -> Iterator[ColumnElement[bool]]:
    if shape.model:
        yield (_u.catalog == _text("catalog")) & (_u.model == _text("model"))
    # What one person was told is little: put together with nothing, other columns do not tempt to begin with all of a run or subscription.
    if shape.run:
        yield (_m.run + 0 if shape.id else _r.run) == _number("run")
    if shape.id:
        yield _m.id == _text("id")
    if shape.subscription:
        yield (_r.subscription.concat("") if shape.id else _r.subscription) == _text("subscription")
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


@lru_cache(maxsize=16)
def runs_statement(count: int) -> Prepared:
    """Return the statement of what a page tells of so many runs; their numbers are `run_0`, `run_1` and so on."""
    dates = (_u.deprecated_on, _u.retired_on, _u.legacy_days_min, _u.deprecated_days_min)
    shown = (_u.catalog, _u.model, _u.scope, _u.cause, _u.opened_at, _u.legacy, _u.deprecated, _u.retired)
    return Prepared(select(_u.run, *dates, *shown).where(or_(*(_u.run == _number(f"run_{place}") for place in range(count)))))
