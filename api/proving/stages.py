"""The stage of a model, with the proof that it follows from all that the ledger holds about it."""

from dataclasses import replace
from datetime import timedelta

from api import wire_answers as wire
from api.proving.notaries import Proving
from domain.ledger import Asked
from domain.proof.bundles import FORMAT, bundle
from domain.proof.checkpoint import Checkpoint
from domain.proof.evidence import KeptCheckpoint
from domain.proof.notes import Note
from domain.rules.answers import FindingCode, Question, StageAnswer
from domain.rules.questions import policy_of
from domain.streams import model_stream, policy_stream
from domain.subjects import SubjectKey

NEED_OTHER_MODELS = (FindingCode.REPLACEMENT_UNKNOWN, FindingCode.REPLACEMENT_RETIRED, FindingCode.REPLACEMENT_CYCLE)

FRESH = timedelta(seconds=1)
"""Age up to which the last checkpoint answers questions about the present: they are asked as of what it covers."""


def proven_stage(proving: Proving, key: SubjectKey, asked: Asked) -> tuple[Question, StageAnswer, wire.JSON]:
    """Answer a question from the log, with the bundle that proves the answer, on a checkpoint that is made if none covers it.

    Raises:
        NoSuchModel: the ledger holds nothing about the model.
        BeyondCheckpoint: no checkpoint covers it, and none can be made here.
        LedgerError: the question cannot be asked so, or nothing can be signed.
    """
    question, answer = proving.ledger.stage(key, asked)
    return question, answer, _bundle(proving, question, answer, proving.covering(question.position))


def prove_stage(proving: Proving, key: SubjectKey, asked: Asked) -> tuple[wire.JSON, KeptCheckpoint]:
    """Answer a question with the bundle that proves the answer, and return the checkpoint on which it stands.

    Who asks about the present gets an answer as of the last checkpoint, if that is fresh: questions alone must not make ever more of them.

    Raises:
        LedgerError: see `proven_stage`.
    """
    last = proving.last()
    if asked.recorded_at is None and last and _age(proving, last) < FRESH:
        asked = replace(asked, recorded_at=last.size)
    question, answer = proving.ledger.stage(key, asked)
    checkpoint = proving.covering(question.position)
    return _bundle(proving, question, answer, checkpoint), checkpoint


def _bundle(proving: Proving, question: Question, answer: StageAnswer, checkpoint: KeptCheckpoint) -> wire.JSON:
    policy = policy_of(proving.ledger.histories(question.position), question)
    streams = (model_stream(question.key), policy_stream(question.key.catalog))
    asked = {name: value for name, value in wire.asked(question).items() if name != "recorded_at"}
    return {
        "format": FORMAT,
        "kind": "stage",
        "question": asked,
        "answer": _own(wire.stage_answer(question, answer, policy)),
        **proving.evidence.at_one_moment(lambda snapshot: bundle(snapshot, proving.heads, checkpoint, streams)),
    }


def _own(answer: wire.JSON) -> wire.JSON:
    """Leave out what does not follow from the model's own entries: when the position was recorded, and findings that need other models."""
    parts = [{**part, "findings": _own_findings(part)} for part in answer["by_scope"]]
    own = {name: value for name, value in answer.items() if name != "recorded_at"}
    return {**own, "by_scope": parts, "findings": _own_findings(answer)}


def _own_findings(answer: wire.JSON) -> list[wire.JSON]:
    return [finding for finding in answer["findings"] if finding["code"] not in NEED_OTHER_MODELS]


def _age(proving: Proving, last: KeptCheckpoint) -> timedelta:
    return proving.ledger.clock() - Checkpoint.read(Note.read(last.note).text).made_at
