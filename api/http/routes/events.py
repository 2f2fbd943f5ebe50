"""The log itself: as pages, entry by entry, and as a stream that goes on."""

from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.http import answers, rendering
from api.http.cloud_events import cloud_event
from api.http.conditional import json_answer, tag_of
from api.http.described import parameters, problem_answers, read_answers
from api.http.paging import Limit
from api.http.paths import Serving
from api.http.problems import NoSuchEntry
from api.http.queries import POSITION_MAX, Query, read_query
from api.http.service import Service
from domain.errors import InvalidName
from domain.events import Position
from domain.recorded import Recorded

router = APIRouter(tags=["events"])

PAGE = 200
"""Entries that a stream reads at a time."""

RETRY_MILLISECONDS = 1000
"""How long a client waits before it comes back to a stream that ended."""

After = Annotated[int, Field(ge=0, le=POSITION_MAX, description="Only entries after this position.", examples=[57])]


class StreamQuery(Query):
    """From where on, and which entries."""

    after: After | None = None
    stream: Annotated[
        str | None, Field(max_length=500, description="Only streams whose name begins so.", examples=["model:azure/mistral-large"])
    ] = None


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
    found = await run_in_threadpool(_entries, service, after, query.limit, query.stream or "")
    full = len(found) == query.limit
    following = None
    if full:
        address = request.url.include_query_params(after=found[-1].position).remove_query_params("min_position")
        following = str(address.replace(scheme="", netloc=""))
    content = {"position": found[-1].position if full else service.position, "next": following, "events": [cloud_event(e) for e in found]}
    body = rendering.plain(content)
    response = json_answer(request, body, tag_of(body), immutable=full)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


@router.get(
    "/v1/events/stream",
    operation_id="followEvents",
    summary="The log as server-sent events, from where the client left off",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Each entry as a CloudEvent; its id is its position. A quiet stream shows that it is alive by comments.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problem_answers(InvalidName),
    },
    openapi_extra=parameters(StreamQuery),
)
async def follow_events(
    request: Request,
    service: Serving,
    last_event_id: Annotated[str | None, Header(description="The id of the last event that was received.", examples=["57"])] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Begins after `Last-Event-ID`, else after `after`, else at the log's end."""
    query = read_query(StreamQuery, request)
    after = _last_seen(last_event_id, query.after)
    service.refresh()
    start = service.position if after is None else after
    service.counters.streams_open += 1
    try:
        async for event in _follow(service, start, query.stream or ""):
            yield event
    finally:
        service.counters.streams_open -= 1


async def _follow(service: Service, after: Position, prefix: str) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="following", retry=RETRY_MILLISECONDS)
    while not service.stopping.is_set():
        upto = service.position
        while after < upto and not service.stopping.is_set():
            found = await run_in_threadpool(_entries, service, after, PAGE, prefix, upto)
            for entry in found:
                yield _sent(entry)
            after = found[-1].position if len(found) == PAGE else upto
        await service.grown(after, service.heartbeat_seconds)


def _sent(entry: Recorded) -> ServerSentEvent:
    content = rendering.plain(cloud_event(entry)).decode()
    return ServerSentEvent(raw_data=content, event=type(entry.event).__name__, id=str(entry.position))


def _entries(service: Service, after: Position, limit: int, prefix: str, upto: Position | None = None) -> list[Recorded]:
    return list(islice(service.ledger.store.log(after, upto, prefix), limit))


def _last_seen(header: str | None, after: Position | None) -> Position | None:
    if header is None or not header.strip():
        return after
    text = header.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) > POSITION_MAX:
        raise InvalidName("Last-Event-ID", text, "it is a position of the ledger, as the events' ids are")
    return int(text)


@router.get(
    "/v1/events/{position}",
    operation_id="getEvent",
    summary="One entry of the log, as a CloudEvent",
    response_model=answers.CloudEvent,
    responses=read_answers(NoSuchEntry),
    openapi_extra=parameters(Query),
)
async def get_event(request: Request, service: Serving, position: Annotated[int, Path(ge=1, le=POSITION_MAX, examples=[1])]) -> Response:
    """An entry never changes."""
    query = read_query(Query, request)
    await service.reach(query.min_position)
    found = await run_in_threadpool(_entries, service, position - 1, 1, "", position)
    if not found:
        detail = f"The ledger has the positions 1 to {service.position}; there is no {position}."
        raise NoSuchEntry(detail=detail, position=position, head=service.position)
    body = rendering.plain(cloud_event(found[0]))
    return json_answer(request, body, tag_of(body), immutable=True)
