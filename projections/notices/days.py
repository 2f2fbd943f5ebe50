"""What the reasons of a run share: what the run tells, and, for acceptances of one day, how far ahead of its dates that was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from domain.events import Position
from projections.notices.audit_statements import runs_statement
from projections.notices.dates import days_between
from projections.notices.lateness import Late, late


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What is the same for all of a run who were told on one day; or for all who were not told."""

    run: Position
    told: Sequence[Any]
    """The catalog, the model, its scope, the cause, when the run was opened, and the three dates as the notice told them."""
    lead_days_deprecated: int | None
    """Calendar days from the day to the date; none where it is not firm, or nothing was accepted."""
    lead_days_retired: int | None
    late: tuple[Late, ...]


class Days:
    """The days of a page, each made when it is asked for first."""

    def __init__(self, connection: Connection, runs: set[Position]) -> None:
        self._runs = _runs(connection, runs)
        self._days: dict[tuple[Position, str | None], Day] = {}

    def of(self, run: Position, accepted_on: str | None) -> Day:
        """Return what those share who were told by a run on a day; or who were not."""
        found = self._days.get((run, accepted_on))
        if found is None:
            found = self._days[run, accepted_on] = _day(run, self._runs[run], accepted_on)
        return found


def _runs(connection: Connection, runs: set[Position]) -> Mapping[Position, Sequence[Any]]:
    if not runs:
        return {}
    asked = dict(zip((f"run_{place}" for place in range(len(runs))), runs, strict=True))
    count = 2 ** (len(runs) - 1).bit_length()  # So that few statements are ever made; a run that is none finds nothing.
    return {run: of_run for run, *of_run in runs_statement(count).rows(connection, asked)}


def _day(run: Position, of_run: Sequence[Any], accepted_on: str | None) -> Day:
    deprecated_on, retired_on, legacy_days_min, deprecated_days_min, *told = of_run
    leads = _lead(accepted_on, deprecated_on), _lead(accepted_on, retired_on)
    return Day(run, told, *leads, late(accepted_on, leads, (legacy_days_min, deprecated_days_min)))


def _lead(accepted_on: str | None, on: str | None) -> int | None:
    return days_between(accepted_on, on) if accepted_on and on else None
