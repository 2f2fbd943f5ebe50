"""The plan: what the claims, taken together, say will happen and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.dates import AnyDate, FirmDate, FloorDate
from domain.events import RetirementAnnounced
from domain.rules.claims import Claim, Claims, deciding, narrowness
from domain.stages import PLANNED_STAGES, Stage

Announcement = Claim[RetirementAnnounced]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is planned for one stage, and the claim that decides it."""

    stage: Stage
    date: AnyDate
    claim: Announcement

    @property
    def firm_at(self) -> datetime | None:
        """The instant at which the stage is entered; none for a floor or a withdrawn date."""
        return self.date.at if isinstance(self.date, FirmDate) else None

    @property
    def floor_at(self) -> datetime | None:
        """The instant before which the stage is not entered, where only that is known."""
        return self.date.at if isinstance(self.date, FloorDate) else None


@dataclass(frozen=True, slots=True)
class Edge:
    """A firm date of the plan: from this instant on, at least this stage."""

    at: datetime
    stage: Stage
    claim: Announcement


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates of legacy, deprecated and retired, and the replacements, each by the claim that decides it."""

    stages: Sequence[Planned]
    replaced_by: Announcement | None
    edges: Sequence[Edge]

    def of(self, stage: Stage) -> Planned | None:
        """Return what is planned for a stage."""
        return next((planned for planned in self.stages if planned.stage is stage), None)

    @property
    def replacements(self) -> tuple[str, ...]:
        """The suggested replacements, as keys."""
        return (self.replaced_by.event.replacements or ()) if self.replaced_by else ()


def stated_date(event: RetirementAnnounced, stage: Stage) -> AnyDate | None:
    """Return the date that a claim states for a stage."""
    if stage is Stage.LEGACY:
        return event.legacy
    if stage is Stage.DEPRECATED:
        return event.deprecated
    return event.retired if stage is Stage.RETIRED else None


def plan_of(claims: Claims) -> Plan:
    """Take each field from the most specific, then latest, claim that states it. Absent states nothing."""
    narrowest = narrowness(claims.announcements)
    stages: list[Planned] = []
    edges: list[Edge] = []
    for stage in PLANNED_STAGES:
        claim = deciding(claims.announcements, partial(stated_date, stage=stage), narrowest)
        date = stated_date(claim.event, stage) if claim else None
        if claim is None or date is None:
            continue
        stages.append(Planned(stage, date, claim))
        if isinstance(date, FirmDate):
            edges.append(Edge(date.at, stage, claim))
    return Plan(stages, deciding(claims.announcements, lambda event: event.replacements, narrowest), edges)
