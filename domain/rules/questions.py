"""Questions: what stage was a model in, by replaying its history as far as the question lets it be seen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.errors import LedgerError
from domain.events import PolicyAdopted
from domain.recorded import Recorded
from domain.rules.answers import Finding, FindingCode, Question, StageAnswer
from domain.rules.policy import policy_in_force
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.streams import model_stream, policy_stream
from domain.subjects import Scope, parse_subject, subject_text

Histories = Callable[[str], Sequence[Recorded]]
"""Gives a stream's events, as far as a question sees them."""

CHAIN_LENGTH_MAX = 50
"""How many replacements of replacements are followed before a chain is left alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of a replacement at a question's point: a step on the way that replacements lead."""

    stage: Stage | None
    replacements: Sequence[str]


StepTo = Callable[[str], Step | None]
"""Gives what is known of a subject, written in its short form; none where nothing is."""


def timeline_of(histories: Histories, question: Question) -> Timeline:
    """Build what was known of a question's subject and scope."""
    policies = histories(policy_stream(question.key.catalog))
    return Timeline(histories(model_stream(question.key)), policies, question.scope, question.known_at)


def policy_of(histories: Histories, question: Question) -> PolicyAdopted | None:
    """Return the rules of a question's catalog that are in force at its time in the world, as known."""
    return policy_in_force(histories(policy_stream(question.key.catalog)), question.valid_at, question.known_at)


def answer(histories: Histories, question: Question) -> StageAnswer:
    """Answer a question from the histories, with the findings that need other models, and the answers of narrower scopes."""

    def tell(about: Question) -> tuple[StageAnswer, Sequence[Scope]]:
        timeline = timeline_of(histories, about)
        return timeline.at(about.valid_at), timeline.narrower

    def step_to(subject: str) -> Step | None:
        return step_of(histories, question, subject)

    return assembled(question, tell, step_to)


def assembled(question: Question, tell: Callable[[Question], tuple[StageAnswer, Sequence[Scope]]], step_to: StepTo) -> StageAnswer:
    """Put an answer together from what is told of one scope alone: its answer, and the narrower scopes that claims differ by."""

    def with_replacement_findings(about: Question, found: StageAnswer) -> StageAnswer:
        if not found.replacements:
            return found
        return replace(found, findings=[*found.findings, *replacement_findings(about, found.replacements, step_to)])

    main, scopes = tell(question)
    by_scope = {}
    for narrower in scopes:
        about = replace(question, scope=question.scope.joined(narrower))
        by_scope[about.scope] = with_replacement_findings(about, tell(about)[0])
    return replace(with_replacement_findings(question, main), by_scope=by_scope)


def replacement_findings(question: Question, replacements: Iterable[str], step_to: StepTo) -> Iterable[Finding]:
    """Tell which replacements are unknown or retired, and whether following them leads back to the subject."""
    asked = subject_text(question.key, question.scope)
    for replacement in replacements:
        step = step_to(replacement)
        if step is None:
            yield Finding(FindingCode.REPLACEMENT_UNKNOWN, {"replacement": replacement})
        elif step.stage is Stage.RETIRED:
            yield Finding(FindingCode.REPLACEMENT_RETIRED, {"replacement": replacement})
        if chain := _chain_back(replacement, asked, step_to):
            yield Finding(FindingCode.REPLACEMENT_CYCLE, {"chain": [asked, *chain]})


def step_of(histories: Histories, question: Question, replacement: str) -> Step | None:
    """Return what is known of a replacement at a question's point; none where nothing is, or where it names no subject."""
    try:
        key, scope = parse_subject(replacement)
    except LedgerError:
        return None
    timeline = timeline_of(histories, replace(question, key=key, scope=scope))
    if not timeline.known:
        return None
    status = timeline.status_at(question.valid_at)
    return Step(status if isinstance(status, Stage) else None, timeline.plan.replacements)


def _chain_back(first: str, asked: str, step_to: StepTo) -> Sequence[str] | None:
    """Follow replacements, breadth first, until one is the subject itself."""
    ways: list[tuple[str, ...]] = [(first,)]
    seen = {first}
    while ways and len(seen) <= CHAIN_LENGTH_MAX:
        way = ways.pop(0)
        if way[-1] == asked:
            return way
        step = step_to(way[-1])
        fresh = [name for name in (step.replacements if step else ()) if name not in seen]
        seen.update(fresh)
        ways += [(*way, name) for name in fresh]
    return None
