"""Lives: every model of a catalog with its answer at one point, and with all stages that it has before and after, as known then."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from api.http.service import Service
from domain.rules.answers import Question, StageAnswer, Status
from domain.rules.questions import Histories, timeline_of
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey
from projections.stage_index import Stretch
from projections.stage_index.compiled import BEGINNING

MODELS_AT_ONCE = 50
"""How many are looked up between two moments in which others are answered."""


@dataclass(frozen=True, slots=True)
class Life:
    """One model, or one scope of it."""

    key: SubjectKey
    scope: Scope
    answer: StageAnswer
    edges: Sequence[datetime]
    """The stage is the same from each up to the next."""
    stages: Sequence[Stage | Status]
    """One before the first edge, and one from each on."""

    @property
    def status(self) -> Stage | Status:
        """The stage at the question's point, or why there is none."""
        return self.answer.stage or self.answer.status

    @property
    def next_at(self) -> datetime | None:
        """When the next stage comes, or the floor before which it does not; none where nothing is planned."""
        return (self.answer.next.on or self.answer.next.not_before) if self.answer.next else None


async def lives(service: Service, question: Question, catalog: str | None) -> Sequence[Life]:
    """Return every model's life at the point of a question, whose subject is left aside; sorted by key and scope."""
    if not service.indexed(question):
        return await run_in_threadpool(lambda: list(_replayed(service, question, catalog)))
    found: list[Life] = []
    for number, key in enumerate(service.models(catalog), 1):
        found += _indexed(service, replace(question, key=key))
        if number % MODELS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def _indexed(service: Service, about: Question) -> Iterator[Life]:
    whole = service.index.segment(about.key, about.scope, about.valid_at, about.known_at)
    assert whole is not None, "the index knows its models"  # noqa: S101
    if whole.answer.status is not Status.NOT_KNOWN or not whole.narrower:
        yield _life(about, whole.answer, service.index.stretch(about.key, about.scope, about.known_at))
    for scope in whole.narrower:
        part = service.index.segment(about.key, scope, about.valid_at, about.known_at)
        assert part is not None  # noqa: S101
        yield _life(replace(about, scope=scope), part.answer, service.index.stretch(about.key, scope, about.known_at))


def _life(about: Question, answer: StageAnswer, stretch: Stretch | None) -> Life:
    assert stretch is not None  # noqa: S101
    return Life(about.key, about.scope, answer, stretch.edges, stretch.stages)


def _replayed(service: Service, question: Question, catalog: str | None) -> Iterator[Life]:
    histories = service.ledger.histories(question.position)
    for key in service.models(catalog):
        if histories(model_stream(key)):
            yield from replayed_lives(histories, replace(question, key=key))


def replayed_lives(histories: Histories, about: Question) -> Iterator[Life]:
    """Return one model's life, and those of the scopes in which its claims differ, from its history."""
    whole = timeline_of(histories, about)
    for scope in (about.scope, *whole.narrower):
        timeline = whole if scope == about.scope else timeline_of(histories, replace(about, scope=scope))
        if scope != about.scope or timeline.claims.any or not whole.narrower:
            stages = [timeline.status_at(instant) for instant in (BEGINNING, *timeline.edges)]
            yield Life(about.key, scope, timeline.at(about.valid_at), timeline.edges, stages)
