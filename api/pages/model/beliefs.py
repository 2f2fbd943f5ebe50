"""What was believed when: a model's whole life as each announcement left it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from api.pages.figures.bands import Band, Floor
from api.pages.figures.knowledge import ROWS_MAX, KnowledgeStrip
from domain.events import AnnouncementWithdrawn, WithdrawnBy
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.claims import is_claim
from domain.rules.timeline import Timeline
from projections.stage_index.compiled import BEGINNING

MOMENTS_MAX = ROWS_MAX
"""Moments of knowledge that are looked at, those about the question's: no figure shows more, and each is a life to work out."""


def bands_of(timeline: Timeline) -> Sequence[Band]:
    """Return the stretches of equal stage in a life, as a figure takes them."""
    edges = timeline.edges if timeline.claims.any else ()
    stretches = zip((None, *edges), (*edges, None), (BEGINNING, *edges), strict=True)
    found: list[Band] = []
    for begin, end, inside in stretches:
        status = timeline.status_at(inside)
        if found and found[-1].status is status:
            found[-1] = Band(found[-1].begin, end, status)
        else:
            found.append(Band(begin, end, status))
    return found


def floors_of(timeline: Timeline) -> Sequence[Floor]:
    """Return the planned dates that are floors."""
    return [Floor(planned.floor_at, planned.stage) for planned in timeline.plan.stages if planned.floor_at]


def moments_of(history: Sequence[Recorded]) -> Sequence[datetime]:
    """Return the instants, in order, at which something about a model became known. What a recorder takes back is gone at every one."""
    return sorted(set(_announced(history)))


def beliefs_of(history: Sequence[Recorded], question: Question, now: datetime) -> Sequence[KnowledgeStrip]:
    """Return what was believed, the oldest first; what changed nothing about stages and floors is left out."""
    found: list[KnowledgeStrip] = []
    for at in _about(question.known_at, [at for at in moments_of(history) if at <= now]):
        timeline = Timeline(history, (), question.scope, at)
        bands, floors = bands_of(timeline), floors_of(timeline)
        if not timeline.claims.any and not found:
            continue
        if found and (found[-1].bands, found[-1].floors) == (bands, floors):
            continue
        if found:
            found[-1] = replace(found[-1], end=at)
        found.append(KnowledgeStrip(at, None, bands, floors))
    return found


def _about(known_at: datetime, moments: Sequence[datetime]) -> Sequence[datetime]:
    first = min(max(0, bisect_right(moments, known_at) - MOMENTS_MAX // 2), max(0, len(moments) - MOMENTS_MAX))
    return moments[first : first + MOMENTS_MAX]


def _announced(history: Iterable[Recorded]) -> Iterable[datetime]:
    for entry in history:
        event = entry.event
        if is_claim(event) or (isinstance(event, AnnouncementWithdrawn) and event.by is WithdrawnBy.PROVIDER):
            yield event.announced_at
