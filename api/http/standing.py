"""Marks that stand still: a view that takes nothing in while the log grows, however little it lags behind."""

from dataclasses import dataclass, field

from domain.events import Position

STILL_SECONDS = 60.0
"""How long a view may stand before an entry until it counts as stuck."""


@dataclass
class Marks:
    """Where each view stood when it was last looked at, and since when it has stood there with entries before it."""

    _since: dict[str, tuple[Position, float]] = field(default_factory=dict)

    def still(self, view: str, position: Position, lag: int, now: float) -> float:
        """Take note of where a view stands, and return for how many seconds it has stood there though there was more to take in."""
        if not lag:
            self._since.pop(view, None)
            return 0.0
        known = self._since.get(view)
        if known is None or known[0] != position:
            known = self._since[view] = (position, now)
        return now - known[1]
