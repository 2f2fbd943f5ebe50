"""The log itself, as pages and entry by entry."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access.principal import sender
from api.access.streams import readable
from api.http import answers, rendering
from api.http.cloud_events import cloud_event
from api.http.conditional import json_answer, tag_of
from api.http.cursors import next_address
from api.http.described import parameters, read_answers
from api.http.paging import Limit
from api.http.paths import Serving
from api.http.problems import NoSuchEntry
from api.http.queries import DIGITS, POSITION_MAX, Query, read_query
from api.http.routes.stream import StreamQuery, entries
from api.http.service import Service
from domain.events import Position
from domain.recorded import Recorded

router = APIRouter(tags=["events"])


class EventsQuery(StreamQuery):
    """Which page."""

    limit: Limit = 100


@router.get(
    "/v1/events",
    operation_id="listEvents",
    summary="The log in its order, as CloudEvents",
    response_model=answers.EventsPage,
    responses=read_answers(),
    openapi_extra=parameters(EventsQuery),
)
async def list_events(request: Request, service: Serving) -> Response:
    """A page that is full never changes, and may be kept for ever."""
    query = read_query(EventsQuery, request)
    await service.reach(query.min_position)
    after = query.after or 0
    found = await run_in_threadpool(_entries, service, after, query.limit, readable(sender.get(), query.stream or ""))
    full = len(found) == query.limit
    following = None
    if full:
        following = next_address(request, after=found[-1].position)
    content = {"position": found[-1].position if full else service.position, "next": following, "events": [cloud_event(e) for e in found]}
    body = rendering.plain(content)
    response = json_answer(request, body, tag_of(body), immutable=full)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _entries(service: Service, after: Position, limit: int, prefixes: Sequence[str], upto: Position | None = None) -> list[Recorded]:
    return list(islice(entries(service.ledger.store, after, upto, prefixes), limit))


@router.get(
    "/v1/events/{position}",
    operation_id="getEvent",
    summary="One entry of the log, as a CloudEvent",
    response_model=answers.CloudEvent,
    responses=read_answers(NoSuchEntry),
    openapi_extra=parameters(Query),
)
async def get_event(
    request: Request, service: Serving, position: Annotated[int, Path(ge=1, le=POSITION_MAX, examples=[1]), DIGITS]
) -> Response:
    """An entry never changes."""
    query = read_query(Query, request)
    await service.reach(query.min_position)
    found = await run_in_threadpool(_entries, service, position - 1, 1, [""], position)
    if not found:
        detail = f"The ledger has the positions 1 to {service.position}; there is no {position}."
        raise NoSuchEntry(detail=detail, position=position, head=service.position)
    readable(sender.get(), found[0].stream)
    body = rendering.plain(cloud_event(found[0]))
    return json_answer(request, body, tag_of(body), immutable=True)
