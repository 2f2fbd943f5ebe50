"""The ledger's own clock: it records the scheduled stages whose dates have passed, so that they can be subscribed to and proved."""

from collections.abc import Iterable, Iterator
from itertools import islice

from domain.commands import ConfirmStage
from domain.due import command_key, due_stages
from domain.ledger import Ledger
from domain.model import fold
from domain.receipts import Receipt
from domain.refusals import EdgeNotDue
from domain.streams import model_stream
from domain.subjects import SubjectKey

MODELS_TOGETHER = 100
"""Models whose stages are on their way to the writer at a time: they share transactions."""


def record_due(ledger: Ledger, models: Iterable[SubjectKey]) -> Iterator[tuple[ConfirmStage, Receipt]]:
    """Record what is due of these models, and give what was appended here: each stage is recorded once, however many clocks run.

    Raises:
        LedgerError: a model's events cannot be read, or the store fails.
    """
    now, waiting = ledger.now(), iter(models)
    while together := list(islice(waiting, MODELS_TOGETHER)):
        due = [command for key in together for command in due_stages(fold(key, ledger.store.history(model_stream(key))), now)]
        for command, answer in [(command, ledger.submit(command, key=command_key(command))) for command in due]:
            try:
                receipt = answer.result()
            except EdgeNotDue:  # Somebody moved the date meanwhile.
                continue
            if receipt.position is not None and not receipt.replayed:
                yield command, receipt
