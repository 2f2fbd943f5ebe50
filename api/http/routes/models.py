"""Models: which ones the ledger knows, and the listing of a new one."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.bodies import Listing
from api.http.body_route import BodyRoute
from api.http.conditional import json_answer, version_tag
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers
from api.http.paging import CursorText, Limit, paged
from api.http.paths import CatalogPart, ModelPart, Serving
from api.http.problems import CursorInvalid
from api.http.queries import Query, read_query
from api.http.routes.writes import recorded, recorded_answers
from api.http.service import Service
from api.http.writing import DryRun, IdempotencyKey, IfMatch
from domain import refusals
from domain.events import ModelListed, Position
from domain.recorded import Recorded
from domain.rules.claims import is_claim
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey

router = APIRouter(tags=["models"], route_class=BodyRoute)


class ModelsQuery(Query):
    """Which models."""

    catalog: Annotated[str | None, Field(description="Only this catalog.", examples=["azure"])] = None
    provider: Annotated[str | None, Field(description="Only of this provider.", examples=["Mistral AI"])] = None
    q: Annotated[str | None, Field(description="Only those whose key holds this text.", examples=["large"])] = None
    limit: Limit = 100
    cursor: CursorText = None


@router.get(
    "/v1/models",
    operation_id="listModels",
    summary="The models that the ledger knows",
    response_model=answers.ModelsPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(ModelsQuery),
)
async def list_models(request: Request, service: Serving) -> Response:
    """Sorted by key. All pages of one list are of one position, whatever is appended meanwhile."""
    query = read_query(ModelsQuery, request)
    await service.reach(query.min_position)
    cursor = read_cursor(request, query.cursor, (str, str)) or Cursor(service.position, ("", ""))
    keys = service.models(query.catalog)
    rows = await run_in_threadpool(lambda: list(islice(_rows(service, keys, query, cursor), query.limit + 1)))
    return paged(request, "models", rows, query.limit, cursor, lambda row: row["model"].partition("/")[::2])


@router.get(
    "/v1/models/{catalog}/{model}",
    operation_id="getModel",
    summary="A model's listing, its scopes and its version",
    response_model=answers.ModelRow,
    responses=read_answers(refusals.NoSuchModel),
    openapi_extra=parameters(Query),
)
async def get_model(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """Its `ETag` is the version that `If-Match` takes."""
    query = read_query(Query, request)
    key = SubjectKey.of(catalog, model)
    await service.reach(query.min_position)
    service.known(key)
    row = _row(key, service.ledger.store.history(model_stream(key), service.position))
    return json_answer(request, rendering.plain(row), version_tag(row["version"]))


@router.post(
    "/v1/models",
    operation_id="listModel",
    summary="List a new model, or a scope of one",
    status_code=201,
    response_model=answers.Written,
    responses=recorded_answers(refusals.AlreadyListed, refusals.NamesMeet, refusals.AnnouncedInFuture),
)
async def list_model(
    service: Serving,
    listing: Annotated[Listing, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    dry_run: DryRun = False,  # noqa: FBT002
) -> Response:
    """A model has to be listed before anything can be announced about it: so a typing mistake makes no model."""
    command = listing.command()
    return await recorded(service, command, (command.key, command.scope), (idempotency_key, if_match), dry_run=dry_run)


def _rows(service: Service, keys: Sequence[SubjectKey], query: ModelsQuery, cursor: Cursor) -> Iterator[wire.JSON]:
    for key in keys:
        if (key.catalog, key.model) <= tuple(cursor.after) or (query.q and query.q.lower() not in str(key)):
            continue
        history = service.ledger.store.history(model_stream(key), cursor.position)
        row = _row(key, history) if history else None
        if row and query.provider in (None, row["provider"]):
            yield row


def _row(key: SubjectKey, history: Sequence[Recorded]) -> wire.JSON:
    listed = [entry.event for entry in history if isinstance(entry.event, ModelListed)]
    scopes: set[Scope] = {entry.event.scope for entry in history if is_claim(entry.event)}
    last: Position = history[-1].position
    return {
        "model": str(key),
        "catalog": key.catalog,
        "name": listed[-1].name if listed else None,
        "provider": listed[-1].provider if listed else None,
        "scopes": [scope.as_dict() for scope in sorted(scopes, key=lambda scope: scope.pairs)],
        "version": history[-1].version,
        "first_position": history[0].position,
        "last_position": last,
    }
