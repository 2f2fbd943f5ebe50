"""Revisions: how the planned dates of a subject changed, entry by entry, in the order in which this ledger took them in.

Counted along the log and not along knowledge: what was once revised stays so, even where the recorder later says that it was misread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.dates import FirmDate, FloorDate, WithdrawnDate
from domain.events import AnnouncementWithdrawn, RetirementAnnounced
from domain.recorded import Recorded
from domain.rules.claims import claims_at
from domain.rules.plan import plan_of
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import Scope

EVERYTHING = datetime.max.replace(tzinfo=UTC)
"""The point of knowledge at which all that the ledger holds is known."""

SetDate = FirmDate | FloorDate
Schedule = Mapping[Stage, SetDate | None]


@dataclass(frozen=True, slots=True)
class Revision:
    """The date of one stage as it stands, and how often it was another one."""

    date: SetDate
    """The last one that was stated; where it is gone, the one before that."""
    gone: bool
    """Whether there is no date any more."""
    number: int
    """0 for the first date."""
    entry: Recorded
    """That made the last change."""


def schedule_of(history: Sequence[Recorded], scope: Scope) -> Schedule:
    """Return the planned date of each stage, from all that a history holds; none where none was stated, or where it was withdrawn."""
    plan = plan_of(claims_at(history, scope, EVERYTHING))
    found = {planned.stage: planned.date for planned in plan.stages}
    return {stage: None if isinstance(date := found.get(stage), WithdrawnDate) else date for stage in PLANNED_STAGES}


def revisions(history: Sequence[Recorded], scope: Scope) -> Mapping[Stage, Revision]:
    """Return the revisions of each stage's date; none for a stage that never had one."""
    found: dict[Stage, Revision] = {}
    for place, entry in enumerate(history, 1):
        if not isinstance(entry.event, RetirementAnnounced | AnnouncementWithdrawn):
            continue
        for stage, stated in schedule_of(history[:place], scope).items():
            revised = _revised(found.get(stage), stated, entry)
            if revised:
                found[stage] = revised
    return found


def _revised(before: Revision | None, date: SetDate | None, entry: Recorded) -> Revision | None:
    """Return the next revision; none where nothing changed."""
    if before is None:
        return Revision(date, gone=False, number=0, entry=entry) if date else None
    if date is None:
        return None if before.gone else Revision(before.date, gone=True, number=before.number + 1, entry=entry)
    if not before.gone and (date.kind, date.at) == (before.date.kind, before.date.at):
        return None
    return Revision(date, gone=False, number=before.number + 1, entry=entry)
