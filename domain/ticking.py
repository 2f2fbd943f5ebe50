"""The ledger's own clock: it records the scheduled stages whose dates have passed, so that they can be subscribed to and proved."""

from collections.abc import Iterable, Iterator

from domain.commands import ConfirmStage
from domain.due import command_key, due_stages
from domain.ledger import Ledger
from domain.model import fold
from domain.receipts import Receipt
from domain.refusals import EdgeNotDue
from domain.streams import model_stream
from domain.subjects import SubjectKey


def record_due(ledger: Ledger, models: Iterable[SubjectKey]) -> Iterator[tuple[ConfirmStage, Receipt]]:
    """Record what is due of these models, and give what was appended here: each stage is recorded once, however many clocks run.

    Raises:
        LedgerError: a model's events cannot be read, or the store fails.
    """
    now = ledger.now()
    for key in models:
        due = list(due_stages(fold(key, ledger.store.history(model_stream(key))), now))
        answers = [(command, ledger.submit(command, key=command_key(command))) for command in due]
        for command, answer in answers:
            try:
                receipt = answer.result()
            except EdgeNotDue:  # Somebody moved the date meanwhile.
                continue
            if receipt.position is not None and not receipt.replayed:
                yield command, receipt
