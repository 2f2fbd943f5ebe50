"""The audit: a row for each reason why somebody had to be told, with what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from domain.events import Position
from domain.subjects import SubjectKey
from projections.notices.audit_statements import DateAsked, Shape, page_statements, runs_statement
from projections.notices.dates import days_between
from projections.notices.lateness import Late, late
from projections.notices.told import ONCE, OutcomeRow, State, standing
from projections.tables.prepared import Prepared


class AuditKey(NamedTuple):
    """Where a row stands among all: pages begin after one."""

    run: Position
    member: int
    subscription: str
    role: str


class AuditRow(NamedTuple):
    """Why somebody had to be told, and what became of it, as of a position. Instants and days are texts in UTC."""

    run: Position
    catalog: str
    model: str
    scope: str
    """As canonical JSON."""
    cause: str
    opened_at: str
    legacy: str | None
    """The three dates as the notice told them: `2025-04-15`, `not before 2025-04-15`, `withdrawn`."""
    deprecated: str | None
    retired: str | None
    member: int
    """The recipient's number in the run; negative for one who is excluded."""
    id: str
    """The opaque id of a person or a webhook."""
    address: int
    """Which of the person's addresses; 0 for a webhook, and for one who is excluded."""
    subscription: str
    role: str
    """Empty for a webhook."""
    state: State
    exclusion: str | None
    channel: str | None
    accepted_at: str | None
    """The first acceptance that stands."""
    attempts: int
    code: str | None
    reference: str | None
    reported_by: str | None
    lead_days_deprecated: int | None
    """Calendar days from the day of acceptance to the date; none where it is not firm, or nothing was accepted."""
    lead_days_retired: int | None
    late: tuple[Late, ...]
    acknowledged_at: str | None

    @property
    def key(self) -> AuditKey:
        """Its place among all rows."""
        return AuditKey(self.run, self.member, self.subscription, self.role)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are asked for: those that fit all that is named."""

    key: SubjectKey | None = None
    run: Position | None = None
    id: str | None = None
    """A person's, or a webhook's."""
    subscription: str | None = None
    role: str | None = None
    state: State | None = None


EVERYTHING = AuditFilter()


def audit(
    connection: Connection, wanted: AuditFilter = EVERYTHING, *, after: AuditKey | None = None, limit: int, position: Position | None = None
) -> Sequence[AuditRow]:
    """Return the next rows, in the order of their keys, as of a position; as of the end of the log, if none is given."""
    return _rows(connection, wanted, after, limit, position, None, 0)


def gaps(
    connection: Connection,
    days: int,
    on: DateAsked,
    wanted: AuditFilter = EVERYTHING,
    *,
    after: AuditKey | None = None,
    limit: int,
    position: Position | None = None,
) -> Sequence[AuditRow]:
    """Return the next of those who were not told at least so many calendar days before a firm date: later, or never.

    Those who are excluded, failed or pending count as never told. Runs without such a date have no gaps.
    """
    return _rows(connection, wanted, after, limit, position, on, days)


def _rows(
    connection: Connection,
    wanted: AuditFilter,
    after: AuditKey | None,
    limit: int,
    position: Position | None,
    on: DateAsked | None,
    days: int,
) -> Sequence[AuditRow]:
    shape = Shape(
        model=wanted.key is not None,
        run=wanted.run is not None,
        id=wanted.id is not None,
        subscription=wanted.subscription is not None,
        role=wanted.role is not None,
        state=wanted.state,
        as_of=position is not None,
        date=on,
    )
    asked = _asked(wanted) | {"position": position, "days": days}
    reasons = _reasons(connection, page_statements(shape), asked, after or _FIRST, limit)
    return list(_told(reasons, _runs(connection, {reason[0][0] for reason in reasons})))


_FIRST = AuditKey(0, -(2**62), "", "")
_Row = Sequence[Any]
_KEY_LENGTH = len(_FIRST)
_Reason = list[_Row]
"""A reason as rows of its outcomes, in their order, each beginning with its key; of one without an outcome there is one row."""


def _asked(wanted: AuditFilter) -> dict[str, object]:
    key = {"catalog": wanted.key.catalog, "model": wanted.key.model} if wanted.key else {}
    return {**key, "run": wanted.run, "id": wanted.id, "subscription": wanted.subscription, "role": wanted.role}


def _reasons(
    connection: Connection, statements: Sequence[Prepared], asked: dict[str, object], after: AuditKey, limit: int
) -> list[_Reason]:
    """Return the next reasons, each with all its outcomes. They come as rows of outcomes: most reasons have one, and few have many."""
    found: list[_Reason] = []
    spare = 4 + limit // 8
    while True:
        begin = {"after_run": after.run, "after_member": after.member, "after_subscription": after.subscription, "after_role": after.role}
        for statement in statements:
            rows_max = limit - len(found) + spare
            rows = statement.rows(connection, {**asked, **begin, "rows_max": rows_max})
            found += _grouped(rows)
            if len(rows) == rows_max:
                found.pop()  # There may be more of the last one.
                break
        else:
            return found[:limit]
        if len(found) >= limit:
            return found[:limit]
        after, spare = AuditKey(*found[-1][0][:_KEY_LENGTH]) if found else after, 2 * spare


def _grouped(rows: Sequence[_Row]) -> list[_Reason]:
    known: _Row = ()
    found: list[_Reason] = []
    for row in rows:
        key = row[:_KEY_LENGTH]
        if key == known:
            found[-1].append(row)
        else:
            found.append([row])
            known = key
    return found


def _runs(connection: Connection, runs: set[Position]) -> Mapping[Position, tuple[Any, ...]]:
    """Return what a page tells of its runs."""
    if not runs:
        return {}
    asked = dict(zip((f"run_{place}" for place in range(len(runs))), runs, strict=True))
    count = 2 ** (len(runs) - 1).bit_length()  # So that few statements are ever made; a run that is none finds nothing.
    return {run: tuple(of_run) for run, *of_run in runs_statement(count).rows(connection, asked)}


def _told(reasons: Sequence[_Reason], runs: Mapping[Position, tuple[Any, ...]]) -> Iterator[AuditRow]:
    on_day: dict[tuple[Position, str | None], tuple[Any, ...]] = {}
    for reason in reasons:
        run, member, subscription, role, who, address, exclusion, acknowledged_at, result, at, *told = reason[0]
        if result is None:
            state, told, attempts = (State.EXCLUDED if member < 0 else State.PENDING), list(_NOT_TRIED), 0
        elif len(reason) == 1:
            state, attempts = ONCE[result]
        else:
            state, (_, at, *told), attempts = _of_several(reason)
        accepted_at = at if state is State.ACCEPTED else None
        day = run, accepted_at and accepted_at[:10]
        if day not in on_day:
            on_day[day] = _on_day(accepted_at, runs[run])
        shown, leads = on_day[day]
        channel, *answer = told
        came = (state, exclusion, channel, accepted_at, attempts, *answer)
        yield AuditRow._make((run, *shown, member, who, address, subscription, role, *came, *leads, acknowledged_at))


_NOT_TRIED = (None, None, None, None)


def _of_several(reason: _Reason) -> tuple[State, OutcomeRow, int]:
    state, decisive, attempts = standing(OutcomeRow(*row[-len(OutcomeRow._fields) :]) for row in reason)
    assert decisive is not None, "there are outcomes"  # noqa: S101
    return state, decisive, attempts


def _on_day(accepted_at: str | None, run: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what a run's rows of one day share: what the run told, and the days ahead of its dates."""
    deprecated_on, retired_on, legacy_days_min, deprecated_days_min, *shown = run
    leads = _lead(accepted_at, deprecated_on), _lead(accepted_at, retired_on)
    return tuple(shown), (*leads, late(accepted_at, leads, (legacy_days_min, deprecated_days_min)))


def _lead(accepted_at: str | None, on: str | None) -> int | None:
    return days_between(accepted_at[:10], on) if accepted_at and on else None
