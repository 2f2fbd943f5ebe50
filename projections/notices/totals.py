"""What all runs come to together."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from projections.notices.tables import PROGRESS, RUNS
from projections.tables.prepared import Prepared

_last, _p = PROGRESS.alias("last"), PROGRESS.c
_NEWEST = select(func.max(_last.c.position)).where(_last.c.run == RUNS.c.run).scalar_subquery()
_TOTALS = Prepared(
    select(
        *(func.coalesce(func.sum(column), 0) for column in (_p.accepted, _p.failed, _p.excluded)),
        func.coalesce(func.sum(_p.recipients - _p.accepted - _p.failed), 0),
        func.coalesce(func.sum(1 - _p.closed), 0),
    ).join_from(RUNS, PROGRESS, and_(_p.run == RUNS.c.run, _p.position == _NEWEST))
)


class Totals(NamedTuple):
    """Members of all runs by what became of them, and the runs that are not closed."""

    accepted: int
    failed: int
    excluded: int
    pending: int
    open_runs: int


def totals(connection: Connection) -> Totals:
    """Return the totals, as of the end of the log."""
    (row,) = _TOTALS.rows(connection, {})
    return Totals._make(row)
