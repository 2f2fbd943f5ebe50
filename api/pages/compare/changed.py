"""What changed between two points of knowledge: every model that was announced about in between, compared with what it was before."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from api.http.service import Service
from api.pages.model.beliefs import moments_of
from domain.rules.answers import Question
from domain.streams import model_stream
from domain.subjects import WHOLE, SubjectKey
from projections.catalog import catalog_rows, rows_of
from projections.differences import Difference, differences

MODELS_AT_ONCE = 50
"""How many are looked up between two moments in which others are answered."""


async def changed(service: Service, before: Question, after: Question, catalog: str | None) -> Sequence[Difference]:
    """Compare all models of a catalog at two points that differ in knowledge alone; the questions' subject is left aside."""
    keys = service.models(catalog)
    found: list[Difference] = []
    for number, key in enumerate(keys):
        if not service.indexed(after):  # The log may grow meanwhile; the question stays where it was.
            return [*found, *await run_in_threadpool(_replayed, service, before, after, keys[number:])]
        if _between(service.index.announced(key, after.scope), before.known_at, after.known_at):
            rows = (catalog_rows(about, service.index.answer(about)) for about in (replace(before, key=key), replace(after, key=key)))
            found += differences(*rows)
        if number % MODELS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


async def moments(service: Service, catalog: str | None) -> Sequence[datetime]:
    """Return the instants, in order, at which something was announced about a model of a catalog."""
    keys = service.models(catalog)
    if service.index.stopped is not None:
        return await run_in_threadpool(_read_moments, service, keys)
    found: set[datetime] = set()
    for number, key in enumerate(keys, 1):
        found.update(service.index.announced(key, WHOLE))
        if number % MODELS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return sorted(found)


def _between(announced: Sequence[datetime], before: datetime, after: datetime) -> bool:
    return bisect_right(announced, before) < bisect_right(announced, after)


def _replayed(service: Service, before: Question, after: Question, keys: Sequence[SubjectKey]) -> Sequence[Difference]:
    histories = service.ledger.histories(after.position)
    found: list[Difference] = []
    for key in keys:
        if _between(moments_of(histories(model_stream(key))), before.known_at, after.known_at):
            found += differences(rows_of(histories, replace(before, key=key)), rows_of(histories, replace(after, key=key)))
    return found


def _read_moments(service: Service, keys: Sequence[SubjectKey]) -> Sequence[datetime]:
    store = service.ledger.store
    return sorted({at for key in keys for at in moments_of(store.history(model_stream(key)))})
