"""A model's history as a point of knowledge shows it."""

from collections.abc import Sequence

from domain.ledger import Ledger
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.claims import is_claim
from domain.streams import model_stream


def told_entries(ledger: Ledger, question: Question, *, whole: bool) -> Sequence[Recorded]:
    """Return the entries about a model as the ledger held them at a question's position, in the order of recording.

    With a scope, those that hold for it; withdrawals hold for every scope. Unless the `whole` is asked for, those that had been
    announced by the question's point of knowledge.
    """
    entries = ledger.histories(question.position)(model_stream(question.key))
    return [entry for entry in entries if _is_told(entry, question, whole=whole)]


def _is_told(entry: Recorded, question: Question, *, whole: bool) -> bool:
    event = entry.event
    if is_claim(event) and question.scope and not event.scope.holds_for(question.scope):
        return False
    return whole or event.announced_at <= question.known_at  # type: ignore[attr-defined]  # every event of a model has it
