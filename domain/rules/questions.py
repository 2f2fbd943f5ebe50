"""Questions: what stage was a model in, by replaying its history as far as the question lets it be seen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from domain.errors import LedgerError
from domain.recorded import Recorded
from domain.rules.answers import Finding, FindingCode, Question, StageAnswer
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.streams import model_stream, policy_stream
from domain.subjects import parse_subject, subject_text

Histories = Callable[[str], Sequence[Recorded]]
"""Gives a stream's events, as far as a question sees them."""

CHAIN_LENGTH_MAX = 50
"""How many replacements of replacements are followed before a chain is left alone."""


def timeline_of(histories: Histories, question: Question) -> Timeline:
    """Build what was known of a question's subject and scope."""
    policies = histories(policy_stream(question.key.catalog))
    return Timeline(histories(model_stream(question.key)), policies, question.scope, question.known_at)


def answer(histories: Histories, question: Question) -> StageAnswer:
    """Answer a question from the histories, with the findings that need other models, and the answers of narrower scopes."""
    timeline = timeline_of(histories, question)
    main = timeline.at(question.valid_at)
    by_scope = {}
    for narrower in sorted(timeline.claims.narrower, key=lambda scope: scope.pairs):
        about = replace(question, scope=question.scope.joined(narrower))
        by_scope[about.scope] = _with_replacement_findings(histories, about, timeline_of(histories, about).at(question.valid_at))
    return replace(_with_replacement_findings(histories, question, main), by_scope=by_scope)


def _with_replacement_findings(histories: Histories, question: Question, found: StageAnswer) -> StageAnswer:
    if not found.replacements:
        return found
    return replace(found, findings=[*found.findings, *replacement_findings(histories, question, found.replacements)])


def replacement_findings(histories: Histories, question: Question, replacements: Iterable[str]) -> Iterable[Finding]:
    """Tell which replacements are unknown or retired, and whether following them leads back to the subject."""
    asked = subject_text(question.key, question.scope)
    for replacement in replacements:
        step = _step(histories, question, replacement)
        if step is None:
            yield Finding(FindingCode.REPLACEMENT_UNKNOWN, {"replacement": replacement})
        elif step.stage is Stage.RETIRED:
            yield Finding(FindingCode.REPLACEMENT_RETIRED, {"replacement": replacement})
        if chain := _chain_back(histories, question, replacement, asked):
            yield Finding(FindingCode.REPLACEMENT_CYCLE, {"chain": [asked, *chain]})


def _step(histories: Histories, question: Question, replacement: str) -> StageAnswer | None:
    """Answer for a replacement; none where nothing about it was known by then."""
    try:
        key, scope = parse_subject(replacement)
    except LedgerError:
        return None
    timeline = timeline_of(histories, replace(question, key=key, scope=scope))
    return timeline.at(question.valid_at) if timeline.claims.any or timeline.claims.narrower else None


def _chain_back(histories: Histories, question: Question, first: str, asked: str) -> Sequence[str] | None:
    """Follow replacements, breadth first, until one is the subject itself."""
    ways: list[tuple[str, ...]] = [(first,)]
    seen = {first}
    while ways and len(seen) <= CHAIN_LENGTH_MAX:
        way = ways.pop(0)
        if way[-1] == asked:
            return way
        step = _step(histories, question, way[-1])
        fresh = [name for name in (step.replacements if step else ()) if name not in seen]
        seen.update(fresh)
        ways += [(*way, name) for name in fresh]
    return None
