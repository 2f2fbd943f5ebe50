"""Facts: stages that a provider said were entered, and labels that a source showed; and the stage that follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast

from domain.dates import FirmDate
from domain.events import RetirementAnnounced, StageEntered
from domain.rules.claims import Authority, Claim, Claims
from domain.rules.plan import Announcement, Edge, Plan, stated_date
from domain.stages import PLANNED_STAGES, Stage


class FactKind(StrEnum):
    """What a fact stands on."""

    TRANSITION = "transition"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Fact:
    """A stage that held at an instant."""

    at: datetime
    stage: Stage
    kind: FactKind
    claim: Claim[StageEntered] | Announcement
    ends_at: datetime | None = None
    """From here on it holds no longer: a later claim moved the retirement that it reports."""

    def holds_at(self, instant: datetime) -> bool:
        """Whether it has begun and not ended."""
        return self.at <= instant and (self.ends_at is None or instant < self.ends_at)

    def precedes(self, edge: Edge) -> bool:
        """Whether an edge comes after it: at its own instant an edge comes after a label, and not after a transition."""
        return self.at <= edge.at if self.kind is FactKind.LABEL else self.at < edge.at


@dataclass(frozen=True, slots=True)
class IgnoredLabel:
    """A label that contradicts dates, and so says nothing about the stage."""

    claim: Announcement
    contradicts: Edge | None
    """The date of another source that it would have lowered; none where its own source's dates contradict it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts in order, and the labels that were ignored."""

    accepted: Sequence[Fact] = ()
    ignored: Sequence[IgnoredLabel] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """The stage at one instant, and what it stands on."""

    stage: Stage
    fact: Fact | None
    edges: Sequence[Edge] = field(default=())
    """The firm dates that took part: those after the fact, up to the instant."""

    @property
    def edge(self) -> Edge | None:
        """The date that decides, where it is one that does."""
        floor = self.fact.stage if self.fact else None
        return next((e for e in self.edges if e.stage is self.stage and e.stage is not floor), None)


def stage_at(instant: datetime, facts: Sequence[Fact], edges: Iterable[Edge], listed: Stage) -> Moment:
    """Take the latest fact that holds, and raise it by the firm dates after it. With no fact, raise the listed stage."""
    fact = next((f for f in reversed(facts) if f.holds_at(instant)), None)
    taking_part = [e for e in edges if e.at <= instant and (fact is None or fact.precedes(e))]
    stage = fact.stage if fact else listed
    for edge in taking_part:
        if edge.stage.rank > stage.rank:
            stage = edge.stage
    return Moment(stage, fact, taking_part)


def facts_of(claims: Claims, plan: Plan, listed: Stage) -> Facts:
    """Go through transitions and labels in the order in which they took effect, and leave out labels that dates contradict."""
    accepted: list[Fact] = []
    ignored: list[IgnoredLabel] = []
    for fact in sorted(_candidates(claims), key=_order):
        refusal = _refusal(fact, accepted, claims, plan, listed)
        if refusal:
            ignored.append(refusal)
        else:
            accepted.append(fact)
    return Facts(accepted, ignored)


def _candidates(claims: Claims) -> Iterable[Fact]:
    for entered in claims.transitions:
        event = entered.event
        ends_at = _end(event.stage, event.effective_at, entered.authority, claims)
        yield Fact(event.effective_at, event.stage, FactKind.TRANSITION, entered, ends_at)
    for claim in claims.announcements:
        label, at = claim.event.label, claim.event.announced_at
        if label is not None:
            yield Fact(at, label, FactKind.LABEL, claim, _end(label, at, claim.authority, claims))


def _end(stage: Stage, at: datetime, authority: Authority, claims: Claims) -> datetime | None:
    if stage is not Stage.RETIRED:
        return None
    later = (claim for claim in claims.announcements if claim.authority > authority)
    return next((claim.event.announced_at for claim in later if _unretires(claim.event, at)), None)


def _unretires(event: RetirementAnnounced, retired_at: datetime) -> bool:
    if isinstance(event.retired, FirmDate):
        return event.retired.at > retired_at
    return event.retired is not None


def _order(fact: Fact) -> tuple[datetime, Authority]:
    return fact.at, fact.claim.authority


def _refusal(fact: Fact, before: Sequence[Fact], claims: Claims, plan: Plan, listed: Stage) -> IgnoredLabel | None:
    if fact.kind is FactKind.TRANSITION:
        return None
    label = cast("Announcement", fact.claim)
    own = _highest_own_stage(label.event, fact.at)
    if own is not None and own is not fact.stage:
        return IgnoredLabel(label, None)
    stage = stage_at(fact.at, before, plan.edges, listed).stage
    if stage.rank <= fact.stage.rank:
        return None
    for edge in sorted(plan.edges, key=lambda edge: edge.stage.rank, reverse=True):
        other = _said_by_another(edge, label.source, claims) if edge.at <= fact.at and edge.stage.rank > fact.stage.rank else None
        if other:
            return IgnoredLabel(label, Edge(edge.at, edge.stage, other))
    return IgnoredLabel(label, None) if stage is Stage.RETIRED else None


def _said_by_another(edge: Edge, source: str, claims: Claims) -> Announcement | None:
    """Return the latest claim of another source that states an edge's date, whether or not it is the one that decides."""
    others = (claim for claim in reversed(claims.announcements) if claim.source != source)
    return next((claim for claim in others if _states(claim, edge)), None)


def _states(claim: Announcement, edge: Edge) -> bool:
    date = stated_date(claim.event, edge.stage)
    return isinstance(date, FirmDate) and date.at == edge.at


def _highest_own_stage(event: RetirementAnnounced, instant: datetime) -> Stage | None:
    for stage in reversed(PLANNED_STAGES):
        date = stated_date(event, stage)
        if isinstance(date, FirmDate) and date.at <= instant:
            return stage
    return None
