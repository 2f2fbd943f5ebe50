"""What notices are made of must be known to its end: of an entry that the views cannot take in, nobody knows whom it is about."""

from dataclasses import dataclass

from api.tracing import CATCH_UP, done, now_ns
from domain.errors import LedgerError
from domain.events import Position
from domain.ledger import Ledger
from projections.directory.view import VIEW as DIRECTORY
from projections.notices.view import VIEW as NOTICES
from projections.tables.views import Views

_NEEDED = {DIRECTORY.name, NOTICES.name}


@dataclass(eq=False)
class NoticesStopped(LedgerError):
    """An entry about the directory or about notices that cannot be taken in."""

    view: str
    position: Position

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"Nobody is told anything: the view {self.view} stopped before entry {self.position}, and whom that is about is not known. "
            "Use the version of the software that wrote it, or have the entry looked at."
        )


def catch_up(ledger: Ledger, views: Views) -> None:
    """Let the views take in what the log has, each as far as it can, and trace it where they took something in. Blocking.

    Raises:
        LedgerError: the ledger or the views cannot be read or written.
    """
    began = now_ns()
    if views.catch_up(ledger.store):
        done(CATCH_UP, began)


def follow(ledger: Ledger, views: Views) -> None:
    """Bring the views up to the end of the log. Blocking.

    Raises:
        NoticesStopped: there is an entry that they cannot take in.
        LedgerError: the ledger or the views cannot be read or written.
    """
    catch_up(ledger, views)
    for state in views.states(ledger.store.head().position):
        if state.name in _NEEDED and state.stopped_at is not None:
            raise NoticesStopped(state.name, state.stopped_at)
