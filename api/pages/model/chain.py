"""The chain of replacements: from a model to what replaces it, and on to what replaces that, up to the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.errors import LedgerError
from domain.rules.answers import Question, Status
from domain.rules.questions import CHAIN_LENGTH_MAX, Histories, timeline_of
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey, parse_subject, subject_text

DEPTH_MAX = 12
"""Steps after which a chain is left alone: nobody reads further, and each is a list within a list."""


class Leads(StrEnum):
    """Where a step of a chain leads."""

    ON = "on"
    """To its own replacements, if it has any."""
    BACK = "back"
    """To the model that was asked about, or to a step before it: a cycle."""
    UNKNOWN = "unknown"
    """Nowhere: nothing was known of it by then."""
    SHOWN = "shown"
    """To what is shown elsewhere in the chain."""
    LEFT = "left"
    """Further than is followed here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One replacement, at the point of the question."""

    name: str
    leads: Leads
    key: SubjectKey | None = None
    scope: Scope = field(default_factory=Scope)
    status: Stage | Status = Status.NOT_KNOWN
    following: Sequence["Step"] = ()


def chain_of(histories: Histories, question: Question, replacements: Iterable[str]) -> Sequence[Step]:
    """Follow replacements up to their end, or to where they lead back."""
    asked = subject_text(question.key, question.scope)
    return _Walk(histories, question).steps(replacements, (asked,))


class _Walk:
    def __init__(self, histories: Histories, question: Question) -> None:
        self._histories = histories
        self._question = question
        self._seen: set[str] = set()

    def steps(self, names: Iterable[str], way: tuple[str, ...]) -> Sequence[Step]:
        return [self._step(name, way) for name in names]

    def _step(self, name: str, way: tuple[str, ...]) -> Step:
        try:
            key, scope = parse_subject(name)
        except LedgerError:
            return Step(name, Leads.UNKNOWN)
        timeline = timeline_of(self._histories, replace(self._question, key=key, scope=scope))
        if not timeline.known:
            return Step(name, Leads.UNKNOWN, key, scope)
        step = Step(name, Leads.ON, key, scope, timeline.status_at(self._question.valid_at))
        if name in way:
            return replace(step, leads=Leads.BACK)
        if name in self._seen:
            return replace(step, leads=Leads.SHOWN)
        self._seen.add(name)
        if timeline.plan.replacements and (len(way) >= DEPTH_MAX or len(self._seen) >= CHAIN_LENGTH_MAX):
            return replace(step, leads=Leads.LEFT)
        return replace(step, following=self.steps(timeline.plan.replacements, (*way, name)))
