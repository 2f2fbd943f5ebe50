"""The audit for whoever writes it as JSON at once: what passes as it is stays as the database wrote it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import to_json
from sqlalchemy import Connection

from domain.events import Position
from projections.notices.audit import EVERYTHING, AuditFilter, Missed, read_reasons
from projections.notices.days import Day
from projections.notices.reasons import Form, Key, Row
from projections.notices.told import decisive


@dataclass(frozen=True, slots=True)
class JsonReasons:
    """Reasons why somebody had to be told."""

    rows: Sequence[Sequence[str]]
    """Each has its run; an object with the columns of `AuditRow` from `member` to `role`; the decisive result, and the day of the
    acceptance, each empty where there is none; an object with the columns from `state` to `reported_by`; and when it was acknowledged."""
    days: Mapping[tuple[str, str], Day]
    """By the run and the day of the acceptance, as the rows have them."""


def audit_as_json(
    connection: Connection,
    wanted: AuditFilter = EVERYTHING,
    missed: Missed | None = None,
    *,
    after: Key | None = None,
    limit: int,
    position: Position | None = None,
) -> JsonReasons:
    """Return what `audit` returns, or `gaps` where a date was missed."""
    found, days = read_reasons(connection, _JSON, wanted, missed, after, limit, position)
    places = {(row[0], row[3]) for row in found}
    return JsonReasons(found, {(run, day): days.of(int(run), day or None) for run, day in places})


def key_of(row: Row) -> Key:
    """Return where a reason stands among all."""
    run, why, *_ = row
    told = json.loads(why)
    return int(run), told["member"], told["subscription"], told["role"]


def _together(outcomes: Sequence[Row]) -> Row:
    """Return the row of the decisive outcome, with the attempts of all."""
    place, attempts = decisive([result for _, _, result, *_ in outcomes])
    run, why, result, day, came, acknowledged_at = outcomes[place]
    return run, why, result, day, to_json({**json.loads(came), "attempts": attempts}).decode(), acknowledged_at


_JSON = Form(as_json=True, why_length=2, key=key_of, together=_together)
