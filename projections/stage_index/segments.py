"""Segments: answers in full, each shared by all questions that get it, and made when the first one comes."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from domain.recorded import Recorded
from domain.rules.answers import StageAnswer
from domain.rules.timeline import Timeline
from domain.subjects import Scope
from projections.stage_index.compiled import BEGINNING, Compiled
from projections.stage_index.models import IndexedModel
from projections.stage_index.rules import Rules

SEGMENTS_MAX = 20_000
"""With the claims that it stands on, a segment holds about 12 kB."""


@dataclass(slots=True, eq=False)
class Segment:
    """The answer to all questions about one model and scope between two edges of valid time and two of knowledge."""

    answer: StageAnswer
    """Without the findings that need other models, and without the answers of narrower scopes."""
    narrower: tuple[Scope, ...]
    """Scopes of claims about part of the question's, sorted: joined with its scope they are what it is also answered for."""
    rendered: bytes | None = None
    """Free for whoever serves answers, to keep this one as written. It lives and dies with the segment."""


class Segments:
    """The segments that were asked for last. One of a model or of rules that changed is never found again."""

    def __init__(self, history: Callable[[IndexedModel], Sequence[Recorded]], segments_max: int) -> None:
        self._history = history
        self._kept = lru_cache(maxsize=segments_max)(self._make)

    def __len__(self) -> int:
        return self._kept.cache_info().currsize

    def at(self, model: IndexedModel, found: Compiled, rules: Rules, valid_at: datetime, known_at: datetime) -> Segment:
        """Return the segment in which a point lies."""
        known = bisect_right(found.known, known_at)
        stretch = found.stretches[known] or found.make(known, self._history(model))
        valid = bisect_right(stretch.edges, valid_at)
        return self._kept(model, found, known, valid, rules, rules.place(known_at))

    def clear(self) -> None:
        """Forget all."""
        self._kept.cache_clear()

    def _make(self, model: IndexedModel, found: Compiled, known: int, valid: int, rules: Rules, place: int) -> Segment:
        """Answer for the first instant of the segment on each clock: all others get the same."""
        known_at = max(found.known[known - 1] if known else BEGINNING, rules.known[place - 1] if place else BEGINNING)
        history = self._history(model)
        edges, _, _, narrower = found.stretches[known] or found.make(known, history)
        timeline = Timeline(history, rules.policies, found.scope, known_at)
        return Segment(timeline.at(edges[valid - 1] if valid else BEGINNING), narrower)
