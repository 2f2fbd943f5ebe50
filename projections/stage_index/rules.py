"""The rules of each catalog, as the index follows them: they make findings, and no stages."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from domain.recorded import Recorded


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A catalog's policies, and the instants at which one becomes known."""

    policies: tuple[Recorded, ...] = ()
    known: tuple[datetime, ...] = ()

    def place(self, known_at: datetime) -> int:
        """Return how many of the instants had come."""
        return bisect_right(self.known, known_at)

    def with_policy(self, entry: Recorded, announced_at: datetime) -> "Rules":
        """Return the rules with one policy more."""
        return Rules((*self.policies, entry), tuple(sorted({*self.known, announced_at})))


NO_RULES = Rules()
