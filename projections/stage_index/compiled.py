"""A model's life compiled: what was known between two announcements, and the stage between two dates, each found by bisection."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from domain.events import AnnouncementWithdrawn, WithdrawnBy
from domain.recorded import Recorded
from domain.rules.answers import Status
from domain.rules.claims import is_claim
from domain.rules.questions import Step
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.subjects import Scope

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Stands for all time before the first edge."""

Named = Mapping[str, frozenset[str]]
"""The scope keys that a model's claims name, each with its values."""
Canonical = tuple[tuple[str, str | None], ...]
"""A question's scope as far as a model's claims can tell it from others. None: a value that no claim names."""


class Stretch(NamedTuple):
    """What was known from one announcement up to the next."""

    edges: tuple[datetime, ...]
    """The answer is the same from each edge up to the next."""
    stages: tuple[Stage | Status, ...]
    """One before the first edge, and one from each on."""
    replacements: tuple[str, ...]
    narrower: tuple[Scope, ...]
    """Scopes of claims about part of the scope that was compiled."""

    def stage(self, valid_at: datetime) -> Stage | Status:
        """Return the stage at an instant, or why there is none."""
        return self.stages[bisect_right(self.edges, valid_at)]

    def step(self, valid_at: datetime) -> Step | None:
        """Return what a question at an instant needs to know of a replacement; none where nothing was known of it."""
        stage = self.stage(valid_at)
        if stage is Status.NOT_KNOWN and not self.narrower:
            return None
        return Step(stage if isinstance(stage, Stage) else None, self.replacements)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A model and scope: a stretch of knowledge before the first announcement, and one from each on."""

    scope: Scope
    known: tuple[datetime, ...]
    stretches: list[Stretch | None]
    """None where nobody has asked yet: a model that is announced about daily has a thousand of them."""

    def make(self, place: int, history: Sequence[Recorded]) -> Stretch:
        """Work out what was known in one stretch of knowledge."""
        timeline = Timeline(history, (), self.scope, self.known[place - 1] if place else BEGINNING)
        edges = tuple(timeline.edges)
        stages = tuple(timeline.status_at(instant) for instant in (BEGINNING, *edges))
        made = self.stretches[place] = Stretch(edges, stages, timeline.plan.replacements, tuple(timeline.narrower))
        return made


def scopes_of(history: Iterable[Recorded]) -> frozenset[Scope]:
    """Collect the scopes that claims are about."""
    return frozenset(entry.event.scope for entry in history if is_claim(entry.event))


def named_by(history: Iterable[Recorded]) -> Named:
    """Collect the scope keys and values that claims name."""
    named: dict[str, set[str]] = {}
    for scope in scopes_of(history):
        for key, value in scope.pairs:
            named.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in named.items()}


def canonical(scope: Scope, named: Named) -> Canonical:
    """Leave out keys that no claim names, and make one of all values that none names: claims cannot tell them apart."""
    return tuple((key, value if value in named[key] else None) for key, value in scope.pairs if key in named)


def compiled(scope: Scope, history: Sequence[Recorded]) -> Compiled:
    """Prepare a model for a scope, or for any that has the same canonical form."""
    known = tuple(sorted(set(_announced(history))))
    return Compiled(scope, known, [None] * (len(known) + 1))


def _announced(history: Iterable[Recorded]) -> Iterable[datetime]:
    """Give the instants at which something becomes known. What a recorder takes back is gone at every one."""
    for entry in history:
        event = entry.event
        if is_claim(event) or (isinstance(event, AnnouncementWithdrawn) and event.by is WithdrawnBy.PROVIDER):
            yield event.announced_at
