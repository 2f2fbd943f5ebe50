"""How long a run will take still: told now and then, not with every batch."""

from collections.abc import Callable
from time import monotonic

from api.notices.worker import Progress

EVERY_SECONDS = 30.0


class Estimate:
    """Watches runs being delivered. Its rate is that of all since it began to watch a run."""

    def __init__(self, tell: Callable[[Progress, float | None], None], every_seconds: float = EVERY_SECONDS) -> None:
        """`tell` gets the progress and the seconds that are left, as far as they can be known."""
        self._tell = tell
        self._every_seconds = every_seconds
        self._began: dict[int, tuple[float, int]] = {}
        self._told_at = monotonic()

    def __call__(self, progress: Progress) -> None:
        """Take in how far a run is."""
        now = monotonic()
        began, done = self._began.setdefault(progress.run, (now, progress.done))
        if now - self._told_at < self._every_seconds and progress.done < progress.of:
            return
        self._told_at = now
        rate = (progress.done - done) / (now - began) if now > began else 0.0
        self._tell(progress, (progress.of - progress.done) / rate if rate else None)
