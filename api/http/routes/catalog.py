"""The catalog at one point on the three clocks, and what comes next."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers
from api.http.paging import CursorText, Limit, paged
from api.http.paths import Serving
from api.http.problems import CursorInvalid
from api.http.queries import Clocks, WireInstant, read_query
from api.http.service import Service
from domain.events import PolicyAdopted
from domain.ledger import Asked
from domain.rules.answers import Question
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from projections.catalog import CatalogRow, catalog_rows, rows_of
from projections.upcoming import UpcomingStage, upcoming

router = APIRouter(tags=["catalog"])

ANY = SubjectKey("any", "any")
"""Stands for every model in a question about all of them."""

ROWS_AT_ONCE = 100
"""Answers between two moments in which others are answered."""

CatalogName = Annotated[str | None, Field(description="Only this catalog.", examples=["azure"])]


class CatalogQuery(Clocks):
    """Which models, at which point."""

    catalog: CatalogName = None
    stage: Annotated[Stage | None, Field(description="Only models in this stage.")] = None
    limit: Limit = 100
    cursor: CursorText = None


class UpcomingQuery(Clocks):
    """What comes next, as seen from which point."""

    catalog: CatalogName = None
    before: Annotated[WireInstant | None, Field(description="Only what comes by then.", examples=["2025-06-01"])] = None
    limit: Limit = 100
    cursor: CursorText = None


@router.get(
    "/v1/catalog",
    operation_id="getCatalog",
    summary="Every model's stage at one point on the three clocks",
    response_model=answers.CatalogPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(CatalogQuery),
)
async def catalog(request: Request, service: Serving) -> Response:
    """One row a model, and one for each scope in which its claims differ. All pages are of one point."""
    query = read_query(CatalogQuery, request)
    await service.reach(query.min_position)
    cursor = read_cursor(request, query.cursor, (str, str, str)) or _beginning(service, query, ("", "", ""))
    question = _question(service, cursor)
    rows: list[wire.JSON] = []
    async for row in _rows(service, question, query.catalog, query.stage, cursor.after):
        rows.append(wire.catalog_row(row, _policy(service, question, row.key)))
        if len(rows) > query.limit:
            break
    return paged(request, "models", rows, query.limit, cursor, _row_key)


@router.get(
    "/v1/upcoming",
    operation_id="getUpcoming",
    summary="What comes next for each model, soonest first",
    response_model=answers.UpcomingPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(UpcomingQuery),
)
async def what_comes(request: Request, service: Serving) -> Response:
    """Firm dates with `on`, floors with `not_before`."""
    query = read_query(UpcomingQuery, request)
    await service.reach(query.min_position)
    cursor = read_cursor(request, query.cursor, (str, str, str, str)) or _beginning(service, query, ("", "", "", ""))
    question = _question(service, cursor)
    rows = [row async for row in _rows(service, question, query.catalog, None, ("", "", ""))]
    found = [row for row in map(_upcoming_row, upcoming(rows, query.before)) if row[0] > tuple(cursor.after)]
    page = found[: query.limit + 1]
    keys = {id(row): key for key, row in page}
    return paged(request, "upcoming", [row for _, row in page], query.limit, cursor, lambda row: keys[id(row)])


def _beginning(service: Service, query: Clocks, first: Sequence[str]) -> Cursor:
    """Fix the point of all pages by the first one."""
    question = service.question(ANY, query.asked())
    return Cursor(question.position, first, question.valid_at, question.known_at)


def _question(service: Service, cursor: Cursor) -> Question:
    recorded_at = None if cursor.position == service.index.position and service.index.stopped is None else cursor.position
    return service.question(ANY, Asked(WHOLE, cursor.valid_at, cursor.known_at, recorded_at))


async def _rows(
    service: Service, question: Question, name: str | None, stage: Stage | None, after: Sequence[str | int]
) -> AsyncIterator[CatalogRow]:
    """Give the rows after a key: from the index where it stands at the question's position, else by replaying each history."""
    number = 0
    for key in service.models(name):
        if (key.catalog, key.model) < tuple(after[:2]):
            continue
        about = replace(question, key=key)
        for row in await _rows_of(service, about, stage):
            if _key(row) > tuple(after):
                yield row
        number += 1
        if number % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)


async def _rows_of(service: Service, about: Question, stage: Stage | None) -> Iterable[CatalogRow]:
    if service.indexed(about) and service.index.entry(about.key):
        rows = list(catalog_rows(about, service.index.answer(about)))
    else:
        rows = await run_in_threadpool(_replayed, service, about)
    return [row for row in rows if stage is None or row.answer.stage is stage]


def _replayed(service: Service, about: Question) -> list[CatalogRow]:
    histories = service.ledger.histories(about.position)
    return list(rows_of(histories, about)) if histories(model_stream(about.key)) else []


def _policy(service: Service, question: Question, key: SubjectKey) -> PolicyAdopted | None:
    return service.policy(key.catalog, question.valid_at, question.known_at, question.position)


def _key(row: CatalogRow) -> tuple[str, str, str]:
    return row.key.catalog, row.key.model, _scope_key(row.scope)


def _scope_key(scope: Scope) -> str:
    return "\x00".join(f"{key}\x01{value}" for key, value in scope.pairs)


def _row_key(row: wire.JSON) -> tuple[str, str, str]:
    key = SubjectKey.parse(row["model"])
    return key.catalog, key.model, _scope_key(Scope.of(row["scope"]))


def _upcoming_row(found: UpcomingStage) -> tuple[tuple[str, str, str, str], wire.JSON]:
    key = _fixed_width(found.at), found.key.catalog, found.key.model, _scope_key(found.scope)
    return key, wire.upcoming_stage(found)


def _fixed_width(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
