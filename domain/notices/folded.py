"""Runs folded before: a long run is folded once, and then by what was added. What is remembered is only ever what folding would give."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import reduce
from threading import Lock

from domain.events import Position
from domain.notices.run import Run, evolve
from domain.recorded import Recorded

RUNS_MAX = 32


class FoldedRuns:
    """The runs folded last, each with the last entry that it holds. Threads may share it."""

    def __init__(self, runs_max: int = RUNS_MAX) -> None:
        self._runs: OrderedDict[str, tuple[Recorded, Run]] = OrderedDict()
        self._runs_max = runs_max
        self._lock = Lock()

    def of(self, run: Position, history: Sequence[Recorded]) -> Run:
        """Make a run from its history."""
        if not history:
            return Run(run)
        stream = history[0].stream
        with self._lock:
            entry, known = self._runs.get(stream, (None, Run(run)))
        # Another ledger in this process may have a run of this name: only the very same entry shows that the history is the same.
        if entry is None or known.version > len(history) or history[known.version - 1] is not entry:
            known = Run(run)
        folded = reduce(evolve, history[known.version :], known)
        with self._lock:
            self._runs[stream] = history[-1], folded
            self._runs.move_to_end(stream)
            if len(self._runs) > self._runs_max:
                self._runs.popitem(last=False)
        return folded
