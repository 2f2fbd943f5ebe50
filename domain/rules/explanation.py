"""Explanations: every claim about a model, whether it counts, what it decides, and by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.events import (
    AnnouncementWithdrawn,
    Basis,
    Event,
    ModelEvent,
    ModelListed,
    Position,
    RetirementAnnounced,
    StageEntered,
    WithdrawnBy,
)
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.claims import withdrawals_in_effect
from domain.rules.facts import FactKind
from domain.rules.timeline import Timeline
from domain.subjects import Scope


class Standing(StrEnum):
    """Whether a claim counts for a question."""

    COUNTS = "counts"
    NOT_YET_ANNOUNCED = "not_yet_announced"
    WITHDRAWN = "withdrawn"
    OTHER_SCOPE = "other_scope"
    """It is about another version, region or deployment type."""
    NARROWER_SCOPE = "narrower_scope"
    """It is about part of what was asked about."""
    CONFIRMS = "confirms"
    """The ledger's clock recorded it: it confirms the plan, and is no edge of its own."""
    WITHDRAWAL = "withdrawal"
    """It takes another claim back."""


@dataclass(frozen=True, slots=True)
class ExplainedClaim:
    """One entry of the model, and its part in the answer."""

    entry: Recorded
    standing: Standing
    decides: Sequence[str]
    """What it decides: listing, legacy, deprecated, retired, replacements, stage."""
    why: str
    """The rule, in a sentence."""


def explain(history: Sequence[Recorded], timeline: Timeline, question: Question) -> Sequence[ExplainedClaim]:
    """Explain an answer claim by claim, in the order in which they were recorded."""
    return [_explained(entry, history, timeline, question) for entry in history]


def _explained(entry: Recorded, history: Sequence[Recorded], timeline: Timeline, question: Question) -> ExplainedClaim:
    standing, why = _standing(entry, history, question)
    if standing is not Standing.COUNTS:
        return ExplainedClaim(entry, standing, (), why)
    decides = _decides(entry.position, timeline, question)
    return ExplainedClaim(entry, standing, decides, _why(entry, decides, timeline, question))


def _standing(entry: Recorded, history: Sequence[Recorded], question: Question) -> tuple[Standing, str]:
    event = entry.event
    withdrawal = _withdrawal_of(entry.position, history, question)
    if withdrawal:
        return Standing.WITHDRAWN, withdrawal
    if _announced_after(event, question):
        return Standing.NOT_YET_ANNOUNCED, "was announced after the point of knowledge asked about"
    if isinstance(event, AnnouncementWithdrawn):
        return Standing.WITHDRAWAL, f"takes claim {event.claim} back ({event.by}): {event.reason}"
    scope = _scope_of(event)
    if not scope.holds_for(question.scope):
        narrower = scope.meets(question.scope)
        return (
            (Standing.NARROWER_SCOPE, f"is about {scope} only; ask with that scope")
            if narrower
            else (Standing.OTHER_SCOPE, f"is about {scope}")
        )
    if isinstance(event, StageEntered) and event.basis is Basis.SCHEDULE:
        return Standing.CONFIRMS, "the ledger's clock saw the planned date pass; it confirms the plan and decides nothing"
    return Standing.COUNTS, ""


def _withdrawal_of(position: Position, history: Sequence[Recorded], question: Question) -> str | None:
    found = [found for found in withdrawals_in_effect(history, question.known_at) if found[1].claim == position]
    if not found:
        return None
    named = ", ".join(f"entry {place} by the {event.by}" for place, event in reversed(found))
    return f"was withdrawn by {named}"


def _announced_after(event: Event, question: Question) -> bool:
    if isinstance(event, AnnouncementWithdrawn) and event.by is WithdrawnBy.RECORDER:
        return False  # It says what never was public, so it is in effect at every point of knowledge.
    return isinstance(event, ModelEvent) and event.announced_at > question.known_at


def _scope_of(event: Event) -> Scope:
    return event.scope if isinstance(event, ModelListed | RetirementAnnounced | StageEntered) else Scope()


def _decides(position: Position, timeline: Timeline, question: Question) -> Sequence[str]:
    decided = [str(planned.stage) for planned in timeline.plan.stages if planned.claim.position == position]
    if timeline.listing and timeline.listing.position == position:
        decided.insert(0, "listing")
    if timeline.plan.replaced_by and timeline.plan.replaced_by.position == position:
        decided.append("replacements")
    if timeline.at(question.valid_at).decided_by == position:
        decided.append("stage")
    return decided


def _why(entry: Recorded, decides: Sequence[str], timeline: Timeline, question: Question) -> str:
    ignored = next((label for label in timeline.facts.ignored if label.claim.position == entry.position), None)
    if ignored and ignored.contradicts:
        return f"its label is ignored: a label never lowers a stage set by the dates of another source ({ignored.contradicts.claim.source})"
    if ignored:
        return "its label is ignored: the dates of its own source contradict it"
    if "stage" in decides:
        return _why_stage(timeline, question)
    if decides:
        return "states these last, for the narrowest scope that the question names"
    return "later or more specific claims state the same"


def _why_stage(timeline: Timeline, question: Question) -> str:
    moment = timeline.moment(question.valid_at)
    if moment.edge:
        return f"its date for {moment.stage} has passed, and no later fact contradicts it"
    if moment.fact:
        fact = "label" if moment.fact.kind is FactKind.LABEL else "transition"
        return f"its {fact} is the latest fact by then, and no date after it had passed"
    return "no date had passed and no fact was stated: the listed stage holds"
