"""Answers as bytes. What the index shares between questions is written once, and put together with what each question adds."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from api import wire_answers as wire
from api.http.service import Service
from domain.events import PolicyAdopted
from domain.rules.answers import Finding, Question, StageAnswer
from domain.stages import Stage
from domain.subjects import Scope
from projections.stage_index import Segment

_END_OF_FINDINGS = b"]}"


def plain(data: Any) -> bytes:  # noqa: ANN401  # whatever can be written as JSON
    """Write data as JSON."""
    return to_json(data)


def asked(question: Question) -> bytes:
    """Write a question as it was understood: the part of an answer that is another one each time."""
    return to_json(wire.asked(question))[:-1] + b","


def answered(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> bytes:
    """Write an answer, the question left out."""
    whole = wire.stage_answer(question, answer, policy)
    return to_json({name: value for name, value in whole.items() if name not in _ASKED})[1:]


def answered_by_index(service: Service, question: Question) -> bytes:
    """Write what the index answers, the question left out; equal to `answered` of the same answer."""
    segment = _segment(service, question)
    policy = service.policy(question.key.catalog, question.valid_at, question.known_at, question.position)
    if not segment.narrower:
        return b'%b%b,"by_scope":[]}' % (_open(segment, policy), _extra(service, question, segment))
    scopes = dict.fromkeys(question.scope.joined(narrower) for narrower in segment.narrower)
    parts = [_by_scope(service, question, scope, policy) for scope in scopes]
    return b'%b%b,"by_scope":[%b]}' % (_open(segment, policy), _extra(service, question, segment), b",".join(parts))


def _by_scope(service: Service, question: Question, scope: Scope, policy: PolicyAdopted | None) -> bytes:
    about = Question(question.key, scope, question.valid_at, question.known_at, question.position, question.recorded_at)
    segment = _segment(service, about)
    return b'{"scope":%b,%b%b}' % (to_json(scope.as_dict()), _open(segment, policy), _extra(service, about, segment))


def _segment(service: Service, question: Question) -> Segment:
    segment = service.index.segment(question.key, question.scope, question.valid_at, question.known_at)
    assert segment is not None, "the index knows the model"  # noqa: S101  # looked up by the caller
    return segment


def _open(segment: Segment, policy: PolicyAdopted | None) -> bytes:
    """Write a segment as far as its findings go, so that more of them can follow."""
    if segment.rendered is None:
        segment.rendered = to_json(wire.answer_body(segment.answer))[1 : -len(_END_OF_FINDINGS)]
    return _deployments(segment.answer.stage, policy) + segment.rendered


def _extra(service: Service, question: Question, segment: Segment) -> bytes:
    findings: Sequence[Finding] = service.index.replacement_findings(question, segment)
    if not findings:
        return b"]"
    more = b",".join(to_json(wire.finding(found)) for found in findings)
    return b",%b]" % more if segment.answer.findings else b"%b]" % more


def _deployments(stage: Stage | None, policy: PolicyAdopted | None) -> bytes:
    told = wire.deployments(stage, policy)
    return _WRITTEN[told["new_deployments"], told["existing_deployments"]]


_WRITTEN = {
    (new, existing): to_json({"new_deployments": new, "existing_deployments": existing})[1:-1] + b","
    for new in (None, False, True)
    for existing in (None, False, True)
}
_ASKED = frozenset({"model", "scope", "valid_at", "known_at", "recorded_at", "position"})
