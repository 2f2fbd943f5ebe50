"""What a run was opened with."""

from domain.events import Position
from domain.ledger import Ledger
from domain.notices.events import NotificationRunOpened
from domain.notices.refusals import NoSuchRun


def opened_run(ledger: Ledger, run: Position) -> NotificationRunOpened:
    """Return the entry that opened a run.

    Raises:
        NoSuchRun: what stands there opens none, or nothing does.
        UnreadableEvent: it cannot be read.
    """
    for entry in ledger.store.log(run - 1, run):
        if isinstance(entry.event, NotificationRunOpened):
            return entry.event
    raise NoSuchRun(run)
