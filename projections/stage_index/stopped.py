"""What happens to the index when it meets an event that it cannot read: it stops, and says where."""

from dataclasses import dataclass

from domain.errors import LedgerError
from domain.events import Position


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why the index no longer answers."""

    position: Position
    """The entry that could not be read."""
    reason: str
    """A sentence."""


@dataclass(eq=False)
class IndexStopped(LedgerError):
    """A question to an index that has stopped. The log itself may still hold the answer."""

    stopped: Stopped

    @property
    def sentence(self) -> str:
        return (
            f"The stage index stopped before entry {self.stopped.position}. {self.stopped.reason} "
            "Answer from the log until then, and start the index anew once the entry can be read."
        )
