"""One model as the views see it: everything that its history says by the end of the log, whenever it was announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from domain.recorded import Recorded
from domain.rules.timeline import Timeline
from domain.streams import key_of
from domain.subjects import WHOLE, Scope, SubjectKey

EVERYTHING_KNOWN = datetime.max.replace(tzinfo=UTC)
"""A point of knowledge after every announcement. So rows follow from a history alone, and never from the day they were made."""


@dataclass(frozen=True, slots=True)
class Life:
    """A model's life, or that of a scope of it."""

    scope: Scope
    timeline: Timeline


@dataclass(frozen=True)
class Subject:
    """A model with its history, which is not empty. Views share what they all need of it."""

    history: Sequence[Recorded]

    @cached_property
    def key(self) -> SubjectKey:
        """The model that its stream is about."""
        return key_of(self.history[0].stream)

    @cached_property
    def lives(self) -> Sequence[Life]:
        """The whole, unless nothing is claimed about the whole while there are claims about parts; and each of those parts."""
        whole = self._life(WHOLE)
        narrower = sorted(whole.timeline.claims.narrower, key=lambda scope: scope.pairs)
        parts = [self._life(scope) for scope in narrower]
        return [whole, *parts] if whole.timeline.claims.any or not parts else parts

    def _life(self, scope: Scope) -> Life:
        return Life(scope, Timeline(self.history, (), scope, EVERYTHING_KNOWN))
