"""The stage of a model, with the proof that it follows from all that the ledger holds about it."""

from api import wire_answers as wire
from api.proving.notaries import Proving
from domain.ledger import Asked
from domain.proof.bundles import FORMAT, bundle
from domain.proof.evidence import KeptCheckpoint
from domain.rules.answers import Question, StageAnswer
from domain.rules.questions import policy_of
from domain.streams import model_stream, policy_stream
from domain.subjects import SubjectKey


def proven_stage(proving: Proving, key: SubjectKey, asked: Asked) -> tuple[Question, StageAnswer, wire.JSON]:
    """Answer a question from the log, with the bundle that proves the answer.

    Raises:
        NoSuchModel: the ledger holds nothing about the model.
        BeyondCheckpoint: no checkpoint covers it, and none can be made here.
        LedgerError: the question cannot be asked so, or nothing can be signed.
    """
    question, answer = proving.ledger.stage(key, asked)
    checkpoint = proving.covering(question.position)
    return question, answer, stage_bundle(proving, question, answer, checkpoint)


def stage_bundle(proving: Proving, question: Question, answer: StageAnswer, checkpoint: KeptCheckpoint) -> wire.JSON:
    """Return the bundle of an answer, on a checkpoint that covers it."""
    policy = policy_of(proving.ledger.histories(question.position), question)
    streams = (model_stream(question.key), policy_stream(question.key.catalog))
    asked = {name: value for name, value in wire.asked(question).items() if name != "recorded_at"}
    return {
        "format": FORMAT,
        "kind": "stage",
        "question": asked,
        "answer": wire.stage_answer(question, answer, policy),
        **proving.evidence.at_one_moment(lambda snapshot: bundle(snapshot, proving.heads, checkpoint, streams)),
    }
