"""Who was told newer dates meanwhile: whoever was is not told the older ones any more."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, select

from domain.events import Position
from domain.notices.events import Result, RunCause
from projections.notices.tables import MEMBERS, OUTCOMES, RUNS


def told_since(connection: Connection, run: Position, ids: Sequence[str], position: Position) -> set[str]:
    """Return who of these accepted, by an entry, a notice of a later run of the same model and scope."""
    return set(connection.scalars(_TOLD_SINCE, {"run": run, "ids": ids, "position": position}))


_run, _later, _m, _o = RUNS.alias(), RUNS.alias(), MEMBERS.c, OUTCOMES.c
_same = and_(*(_run.c[name] == _later.c[name] for name in ("catalog", "model", "scope")))
_TOLD_SINCE = (
    select(_m.id)
    .distinct()
    .select_from(_run)
    .join(_later, and_(_same, _later.c.run > _run.c.run, _later.c.cause != RunCause.JOINED.value))
    .join(MEMBERS, _m.run == _later.c.run)
    .join(OUTCOMES, and_(_o.run == _m.run, _o.recipient == _m.member, _o.result == Result.ACCEPTED.value))
    .where(_run.c.run == bindparam("run"), _m.id.in_(bindparam("ids", expanding=True)), _o.position <= bindparam("position"))
)
