"""The runs, with their totals as of a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, select

from domain.events import Position
from domain.streams import notice_stream
from domain.subjects import SubjectKey
from projections.notices.asof import by
from projections.notices.dates import days_before
from projections.notices.tables import PROGRESS, RUNS
from projections.tables.columns import TEXT, instant_text
from projections.tables.prepared import Prepared

_ALL = 2**62

OPEN_DAYS_MAX = 4
"""Days after which a run that is still open is overdue. Whatever can be delivered has been tried for three."""


class RunRow(NamedTuple):
    """A run, and how far it has come. Instants and days are texts in UTC."""

    run: Position
    catalog: str
    model: str
    scope: str
    """As canonical JSON."""
    name: str
    cause: str
    claim: Position
    opened_at: str
    legacy: str | None
    deprecated: str | None
    retired: str | None
    deprecated_on: str | None
    """The day of a firm date."""
    retired_on: str | None
    legacy_days_min: int
    deprecated_days_min: int
    policy_version: int
    recipients: int
    excluded: int
    accepted: int
    failed: int
    complete: bool
    """Whether its audience is recorded to the end."""
    closed: bool

    @property
    def key(self) -> SubjectKey:
        """Its model."""
        return SubjectKey(self.catalog, self.model)

    @property
    def expected(self) -> int:
        """How many had to be told."""
        return self.recipients + self.excluded

    @property
    def pending(self) -> int:
        """Of how many recipients nothing final is known."""
        return self.recipients - self.accepted - self.failed


class OpenRun(NamedTuple):
    """A run that is not closed."""

    run: Position
    stream: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """A run that should be closed by now, or in which somebody can no longer be told in time."""

    run: RunRow
    told_by: str | None
    """The last day for telling somebody in time; none where no firm date leaves one after the opening."""


def runs(
    connection: Connection,
    *,
    key: SubjectKey | None = None,
    open_only: bool = False,
    before: Position | None = None,
    limit: int,
    position: Position | None = None,
) -> Sequence[RunRow]:
    """Return runs, the newest first; `before` is the last run of the page before."""
    asked: dict[str, object] = {"before": before, "limit": limit, "position": position}
    asked |= {"catalog": key.catalog, "model": key.model} if key else {}
    statement = _runs(of_model=key is not None, open_only=open_only, older=before is not None, as_of=position is not None)
    return [_row(found) for found in statement.rows(connection, asked)]


def run_at(connection: Connection, run: Position, position: Position | None = None) -> RunRow | None:
    """Return one run; none where it was not opened by then."""
    if run >= _ALL:
        return None
    found = runs(connection, before=run + 1, limit=1, position=position)
    return found[0] if found and found[0].run == run else None


def open_runs(connection: Connection, position: Position | None = None) -> Sequence[OpenRun]:
    """Return all runs that are not closed, the oldest first."""
    return [OpenRun(row.run, notice_stream(row.key, row.run)) for row in reversed(_all_open(connection, position))]


def overdue(connection: Connection, now: datetime, position: Position | None = None) -> Sequence[Overdue]:
    """Return the runs, the oldest first, that are not closed though they are old, or though it is too late for somebody."""
    today, opened_by = now.astimezone(UTC).date().isoformat(), instant_text(now - timedelta(days=OPEN_DAYS_MAX))
    found: list[Overdue] = []
    for row in reversed(_all_open(connection, position)):
        told_by = _told_by(row)
        too_late = told_by is not None and told_by < today and (row.pending > 0 or not row.complete)
        if row.opened_at < opened_by or too_late:
            found.append(Overdue(row, told_by))
    return found


def _told_by(row: RunRow) -> str | None:
    dates = (row.deprecated_on, row.legacy_days_min), (row.retired_on, row.deprecated_days_min)
    return min((day for on, days in dates if on and (day := days_before(on, days)) >= row.opened_at[:10]), default=None)


def _all_open(connection: Connection, position: Position | None) -> Sequence[RunRow]:
    return runs(connection, open_only=True, limit=_ALL, position=position)


def _row(found: Sequence[object]) -> RunRow:
    *stated, complete, closed = found
    return RunRow._make([*stated, bool(complete), bool(closed)])


@lru_cache(maxsize=16)
def _runs(*, of_model: bool, open_only: bool, older: bool, as_of: bool) -> Prepared:
    last, u, p = PROGRESS.alias("last"), RUNS.c, PROGRESS.c
    newest = select(func.max(last.c.position)).where(last.c.run == u.run, *by(last, as_of=as_of)).scalar_subquery()
    columns = [column for column in u if column.name != "position"]
    found: Select[*tuple[object, ...]] = select(*columns, p.recipients, p.excluded, p.accepted, p.failed, p.complete, p.closed)
    found = found.join_from(RUNS, PROGRESS, and_(p.run == u.run, p.position == newest))
    if of_model:
        found = found.where(u.catalog == bindparam("catalog", type_=TEXT), u.model == bindparam("model", type_=TEXT))
    if open_only:
        found = found.where(p.closed == 0)
    if older:
        found = found.where(u.run < bindparam("before", type_=Integer))
    return Prepared(found.order_by(u.run.desc()).limit(bindparam("limit", type_=Integer)))
