"""The audit: a row for each reason why somebody had to be told, with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from domain.events import Position
from domain.subjects import SubjectKey
from projections.notices.audit_statements import DateAsked, Shape
from projections.notices.days import Days
from projections.notices.lateness import Late
from projections.notices.reasons import Form, Key, Row, next_reasons
from projections.notices.told import State, decisive


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


@dataclass(frozen=True, slots=True)
class Missed:
    """A firm date before which people were not told at least so many calendar days: later, or never."""

    on: DateAsked
    days: int


def audit(
    connection: Connection, wanted: AuditFilter = EVERYTHING, *, after: AuditKey | None = None, limit: int, position: Position | None = None
) -> Sequence[AuditRow]:
    """Return the next rows, in the order of their keys, as of a position; as of the end of the log, if none is given."""
    return _rows(connection, wanted, None, after, limit, position)


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
    return _rows(connection, wanted, Missed(on, days), after, limit, position)


def read_reasons(
    connection: Connection,
    form: Form,
    wanted: AuditFilter,
    missed: Missed | None,
    after: Key | None,
    limit: int,
    position: Position | None,
) -> tuple[Sequence[Row], Days]:
    """Return the next reasons that fit, a row each, and their days."""
    shape = Shape(
        model=wanted.key is not None,
        run=wanted.run is not None,
        id=wanted.id is not None,
        subscription=wanted.subscription is not None,
        role=wanted.role is not None,
        state=wanted.state,
        as_of=position is not None,
        date=missed.on if missed else None,
        as_json=form.as_json,
    )
    key = {"catalog": wanted.key.catalog, "model": wanted.key.model} if wanted.key else {}
    parts = {"run": wanted.run, "id": wanted.id, "subscription": wanted.subscription, "role": wanted.role}
    asked = {**key, **parts, "position": position, "days": missed.days if missed else 0}
    found = next_reasons(connection, form, shape, asked, after, limit)
    return found, Days(connection, {int(row[0]) for row in found})


def _rows(
    connection: Connection, wanted: AuditFilter, missed: Missed | None, after: AuditKey | None, limit: int, position: Position | None
) -> Sequence[AuditRow]:
    found, days = read_reasons(connection, _VALUES, wanted, missed, after, limit, position)
    return [_row(row, days) for row in found]


def _row(row: Row, days: Days) -> AuditRow:
    run, member, id_, address, subscription, role, _, state, exclusion, channel, accepted_at, *rest, acknowledged_at = row
    day = days.of(run, accepted_at and accepted_at[:10])
    why, leads = (member, id_, address, subscription, role), (day.lead_days_deprecated, day.lead_days_retired, day.late)
    came = (_STATES[state], exclusion, channel, accepted_at, *rest)
    return AuditRow._make((run, *day.told, *why, *came, *leads, acknowledged_at))


def _key(row: Row) -> Key:
    run, member, _, _, subscription, role, *_ = row
    return run, member, subscription, role


def _together(outcomes: Sequence[Row]) -> Row:
    """Return the row of the decisive outcome, with the attempts of all."""
    place, attempts = decisive([row[_RESULT] for row in outcomes])
    row = outcomes[place]
    return [*row[:_ATTEMPTS], attempts, *row[_ATTEMPTS + 1 :]]


_WHY_LENGTH, _RESULT, _ATTEMPTS = 6, 6, 11
_VALUES = Form(as_json=False, why_length=_WHY_LENGTH, key=_key, together=_together)
_STATES = {state.value: state for state in State}
