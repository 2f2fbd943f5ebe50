"""How far a run reached: all who had to be told, and what became of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter

from sqlalchemy import Connection

from domain.events import Position
from domain.notices.run import Told
from projections.notices.coverage_statements import CLOSED, EXCLUSIONS, OF_RUN, OF_SUBSCRIPTIONS, ROLES
from projections.notices.dates import days_between
from projections.notices.lateness import late
from projections.notices.runs import RunRow, run_at
from projections.notices.told import OutcomeRow, State, standing

_PAGE_ROWS = 5000
"""Rows that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Members, by what became of them."""

    members: int
    accepted: int
    failed: int
    pending: int
    excluded: int

    @classmethod
    def of(cls, states: Mapping[State, int]) -> "Counts":
        """Make it of how many members are in each state."""
        told = (states.get(state, 0) for state in (State.ACCEPTED, State.FAILED, State.PENDING, State.EXCLUDED))
        return cls(sum(states.values()), *told)


@dataclass(frozen=True, slots=True)
class LeadDays:
    """Calendar days from acceptance to a firm date, over all who were told."""

    least: int
    median: int
    """Of an even number the lower one in the middle."""
    most: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """One run's coverage, as of a position."""

    run: RunRow
    excluded: Mapping[str, int]
    """How many are excluded, by exclusion."""
    late: int
    """How many were told with fewer days than the policy asks for, before one of the firm dates."""
    never: int
    """How many were not told at all: excluded, failed, or pending."""
    lead_days_deprecated: LeadDays | None
    """None where the date is not firm, or nobody was told."""
    lead_days_retired: LeadDays | None
    closed_at: str | None
    by_role: Mapping[str, Counts]
    """Members by role, in the order of the roles; those of a webhook stand under the empty one."""


def coverage(connection: Connection, run: Position, position: Position | None = None) -> Coverage | None:
    """Return a run's coverage; none where it was not opened by then."""
    found = run_at(connection, run, position)
    if found is None:
        return None
    told, days = _told(connection, found, position)
    return Coverage(
        found,
        _exclusions(connection, found),
        sum(count for day, count in days.items() if _is_late(found, day)),
        found.expected - told.count(Told.ACCEPTED),
        _lead_days(days, found.deprecated_on),
        _lead_days(days, found.retired_on),
        _closed_at(connection, run, position),
        _by_role(connection, found, told),
    )


def coverage_by_subscription(
    connection: Connection, run: Position, *, after: str | None = None, limit: int, position: Position | None = None
) -> Sequence[tuple[str, Counts]]:
    """Return the next subscriptions of a run, in the order of their ids, each with its members."""
    found = run_at(connection, run, position)
    if found is None:
        return []
    asked = {**_within(found), "after": after or "", "limit": limit, "position": position}
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(OF_SUBSCRIPTIONS[position is not None], asked)
    counted: list[tuple[str, Counts]] = []
    for subscription, members in groupby(rows, key=itemgetter(0)):
        states = Counter(_state_of(member, outcomes) for member, outcomes in groupby(members, key=itemgetter(1)))
        counted.append((subscription, Counts.of(states)))
    return counted


def _told(connection: Connection, run: RunRow, position: Position | None) -> tuple[bytes, Counter[str]]:
    """Return what is known of each recipient, a `Told` each in the order of their numbers, and how many were told on each day."""
    known, days = bytearray(run.recipients), Counter[str]()
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(OF_RUN[position is not None], {"run": run.run, "position": position})
    for recipient, outcomes in groupby(rows, key=itemgetter(0)):
        came_to = standing(OutcomeRow(*outcome[1:]) for outcome in outcomes)
        known[recipient - 1] = _TOLD[came_to.state]
        if came_to.accepted_at:
            days[came_to.accepted_at[:10]] += 1
    return bytes(known), days


def _is_late(run: RunRow, day: str) -> bool:
    leads = tuple(days_between(day, on) if on else None for on in (run.deprecated_on, run.retired_on))
    return bool(late(day, (leads[0], leads[1]), (run.legacy_days_min, run.deprecated_days_min)))


def _lead_days(days: Counter[str], on: str | None) -> LeadDays | None:
    if on is None or not days:
        return None
    counted = sorted((days_between(day, on), count) for day, count in days.items())
    return LeadDays(counted[0][0], _median(counted, days.total()), counted[-1][0])


def _median(counted: Sequence[tuple[int, int]], total: int) -> int:
    so_far = accumulate(count for _, count in counted)
    return next(lead for (lead, _), upto in zip(counted, so_far, strict=True) if 2 * upto >= total)


def _by_role(connection: Connection, run: RunRow, told: bytes) -> Mapping[str, Counts]:
    counted: dict[str, Counter[State]] = {}
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(ROLES, _within(run))
    for member, reasons in groupby(rows, key=itemgetter(0)):
        state = _STATES[told[member - 1]] if member > 0 else State.EXCLUDED
        for role in {role for _, role in reasons}:
            counted.setdefault(role, Counter())[state] += 1
    return {role: Counts.of(counted[role]) for role in sorted(counted)}


def _state_of(member: int, rows: Iterator[Sequence[object]]) -> State:
    if member < 0:
        return State.EXCLUDED
    return standing(OutcomeRow(*row[2:]) for row in rows if row[2] is not None).state  # type: ignore[arg-type]  # as its statement has them


def _exclusions(connection: Connection, run: RunRow) -> Mapping[str, int]:
    return dict(iter(connection.execute(EXCLUSIONS, _within(run))))


def _closed_at(connection: Connection, run: Position, position: Position | None) -> str | None:
    return connection.execute(CLOSED[position is not None], {"run": run, "position": position}).scalar()


def _within(run: RunRow) -> dict[str, object]:
    """Return the members that a run has by the position of its totals: they are numbered as they come."""
    return {"run": run.run, "first": -run.excluded, "last": run.recipients}


_TOLD = {State.PENDING: Told.PENDING, State.ACCEPTED: Told.ACCEPTED, State.FAILED: Told.FAILED}
_STATES = {told: state for state, told in _TOLD.items()}
