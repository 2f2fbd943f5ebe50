"""A model's past: every entry about it, why an answer is what it is, and what changed between two points of knowledge."""

from dataclasses import replace
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.conditional import json_answer, tag_of
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers
from api.http.paging import CursorText, Limit, paged
from api.http.paths import CatalogPart, ModelPart, Serving, subject_of
from api.http.problems import CursorInvalid
from api.http.queries import KnownQuery, Query, RecordedPoint, Scoped, StageQuery, WireInstant, read_query
from api.http.routes.stage import fixed
from api.http.service import Service
from domain.ledger import Asked
from domain.refusals import NoSuchModel
from domain.rules.answers import Question
from domain.rules.explanation import explain
from domain.rules.questions import answer, policy_of, timeline_of
from domain.streams import model_stream
from projections.catalog import rows_of
from projections.differences import differences
from projections.history import told_entries

router = APIRouter(tags=["history"])


class HistoryQuery(KnownQuery):
    """Which entries."""

    limit: Limit = 100
    cursor: CursorText = None


class DiffQuery(Query, Scoped):
    """Two points of knowledge."""

    model_config = KnownQuery.model_config

    known_from: Annotated[WireInstant, Field(description="As publicly known by then, before.", examples=["2024-11-01"])]
    known_to: Annotated[
        WireInstant | None, Field(description="As publicly known by then, after. Default: now.", examples=["2024-11-20"])
    ] = None
    valid_at: Annotated[WireInstant | None, Field(description="When in the world. Default: now.", examples=["2025-02-01"])] = None
    recorded_at: Annotated[
        RecordedPoint | None, Field(description="As this ledger held it by then, or at a position: @57.", examples=["@1"])
    ] = None


@router.get(
    "/v1/models/{catalog}/{model}/history",
    operation_id="getHistory",
    summary="Every entry about a model, in the order in which it was recorded",
    response_model=answers.HistoryPage,
    responses=read_answers(NoSuchModel, CursorInvalid),
    openapi_extra=parameters(HistoryQuery),
)
async def history(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """With `known_at`, what had been announced by then; with a scope, what holds for it."""
    query = read_query(HistoryQuery, request)
    key, scope = subject_of(catalog, model, query.scope())
    await service.reach(query.min_position)
    service.known(key)
    question = service.question(key, Asked(scope, None, query.known_at, query.recorded_at))
    cursor = read_cursor(request, query.cursor, (int,)) or Cursor(question.position, (0,))
    told = told_entries(service.ledger, replace(question, position=cursor.position), whole=query.known_at is None)
    following = (entry for entry in told if entry.position > int(cursor.after[0]))
    rows = [wire.entry(entry) for entry in islice(following, query.limit + 1)]
    return paged(request, "entries", rows, query.limit, cursor, lambda row: (row["position"],), {"model": str(key)})


@router.get(
    "/v1/models/{catalog}/{model}/explain",
    operation_id="explain",
    summary="Why the answer is what it is: each claim by source and day, which one answers, and by which rule",
    response_model=answers.Explanation,
    responses=read_answers(NoSuchModel),
    openapi_extra=parameters(StageQuery),
)
async def explained(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """The answer of `stage`, with every entry about the model and what became of it."""
    query = read_query(StageQuery, request)
    key, scope = subject_of(catalog, model, query.scope())
    await service.reach(query.min_position)
    service.known(key)
    question = service.question(key, query.asked(scope))
    content = await run_in_threadpool(_explanation, service, question)
    return json_answer(
        request, rendering.plain({**wire.asked(question), **content}), tag_of(rendering.plain(content)), immutable=fixed(service, query)
    )


def _explanation(service: Service, question: Question) -> wire.JSON:
    histories = service.ledger.histories(question.position)
    claims = explain(histories(model_stream(question.key)), timeline_of(histories, question), question)
    told = wire.stage_answer(question, answer(histories, question), policy_of(histories, question))
    for name in wire.asked(question):
        del told[name]
    return {**told, "claims": [wire.explained(claim) for claim in claims]}


@router.get(
    "/v1/models/{catalog}/{model}/diff",
    operation_id="getDiff",
    summary="What changed about a model between two points of knowledge",
    response_model=answers.Difference,
    responses=read_answers(NoSuchModel),
    openapi_extra=parameters(DiffQuery),
)
async def diff(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """The stage at one and the same time in the world, the planned dates and the replacements, before and after."""
    query = read_query(DiffQuery, request)
    key, scope = subject_of(catalog, model, query.scope())
    await service.reach(query.min_position)
    service.known(key)
    after = service.question(key, Asked(scope, query.valid_at, query.known_to, query.recorded_at))
    before = service.question(key, Asked(scope, after.valid_at, query.known_from, query.recorded_at))
    content = await run_in_threadpool(_difference, service, before, after)
    asked = {
        "model": str(key),
        "valid_at": wire.instant(after.valid_at),
        "known_from": wire.instant(before.known_at),
        "known_to": wire.instant(after.known_at),
        "position": after.position,
    }
    return json_answer(request, rendering.plain({**asked, "differences": content}), tag_of(rendering.plain(content)))


def _difference(service: Service, before: Question, after: Question) -> list[wire.JSON]:
    histories = service.ledger.histories(after.position)
    return [wire.difference(found) for found in differences(rows_of(histories, before), rows_of(histories, after))]
