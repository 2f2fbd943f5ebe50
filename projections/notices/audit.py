"""The audit: a row for each reason why somebody had to be told, with what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from domain.events import Position
from domain.subjects import SubjectKey
from projections.notices.audit_statements import DateAsked, Shape, page_statement
from projections.notices.dates import days_between
from projections.notices.lateness import Late, late
from projections.notices.told import NOBODY, NOTHING, OutcomeRow, Standing, State, standing


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
    asked = _asked(wanted, after) | {"limit": limit, "position": position, "days": days}
    return list(_told(page_statement(shape).rows(connection, asked)))


_FIRST = AuditKey(0, -(2**62), "", "")


def _asked(wanted: AuditFilter, after: AuditKey | None) -> dict[str, object]:
    begin = after or _FIRST
    return {
        "catalog": wanted.key and wanted.key.catalog,
        "model": wanted.key and wanted.key.model,
        "run": wanted.run,
        "id": wanted.id,
        "subscription": wanted.subscription,
        "role": wanted.role,
        "after_run": begin.run,
        "after_member": begin.member,
        "after_subscription": begin.subscription,
        "after_role": begin.role,
    }


_KEY = itemgetter(0, 1, 2, 3)
_OUTCOME = slice(-len(OutcomeRow._fields), None)


def _told(rows: Sequence[Sequence[Any]]) -> Iterator[AuditRow]:
    """Make a row of each reason; it comes once for each outcome, in their order."""
    for _, of_reason in groupby(rows, key=_KEY):
        first, *others = of_reason
        outcomes = [OutcomeRow(*row[_OUTCOME]) for row in (first, *others)]
        yield _row(first, NOBODY if first[1] < 0 else standing(outcomes) if outcomes[0].result else NOTHING)


def _row(found: Sequence[Any], came_to: Standing) -> AuditRow:
    (run, member, subscription, role, who, address, exclusion, acknowledged_at, *of_run) = found[: -len(OutcomeRow._fields)]
    *shown, deprecated_on, retired_on, legacy_days_min, deprecated_days_min = of_run
    decisive, accepted_at = came_to.decisive, came_to.accepted_at
    leads = _lead(accepted_at, deprecated_on), _lead(accepted_at, retired_on)
    told = (decisive.channel, accepted_at, came_to.attempts, *decisive[3:]) if decisive else (None, None, 0, None, None, None)
    too_late = late(accepted_at, leads, (legacy_days_min, deprecated_days_min))
    row = (run, *shown, member, who, address, subscription, role, came_to.state, exclusion, *told, *leads, too_late, acknowledged_at)
    return AuditRow._make(row)


def _lead(accepted_at: str | None, on: str | None) -> int | None:
    return days_between(accepted_at[:10], on) if accepted_at and on else None
