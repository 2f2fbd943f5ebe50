"""The log as a stream that goes on: server-sent events, from where the client left off."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager
from heapq import merge
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.access.principal import Principal, sender
from api.access.streams import readable
from api.http import rendering
from api.http.cloud_events import cloud_event
from api.http.described import parameters, problem_answers
from api.http.open_streams import OpenStreams
from api.http.plain_route import PlainRoute
from api.http.problems import PositionNotReached, TooManyStreams, problem_of, told
from api.http.queries import DIGITS, DIGITS_MAX, POSITION_MAX, Query, read_query
from api.http.service import Service
from domain.errors import InvalidName
from domain.events import Position
from domain.recorded import Recorded
from domain.refusals import PositionAhead
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent

router = APIRouter(tags=["events"], route_class=PlainRoute)

WINDOW = 200
"""Entries of the log that a stream looks at between two moments in which others are answered."""

RETRY_MILLISECONDS = 1000
"""How long a client waits before it comes back to a stream that ended."""

_MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_LAST_EVENT_ID: dict[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last event that was received.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "example": "57",
}

After = Annotated[
    Annotated[int, Field(ge=0, le=POSITION_MAX), DIGITS] | None,
    Field(description="Only entries after this position.", examples=[1]),
]


class StreamQuery(Query):
    """From where on, and which entries."""

    after: After = None
    stream: Annotated[
        str | None, Field(max_length=500, description="Only streams whose name begins so.", examples=["model:azure/mistral-large"])
    ] = None


@router.get(
    "/v1/events/stream",
    operation_id="followEvents",
    summary="The log as server-sent events, from where the client left off",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Each entry as a CloudEvent; its id is its position. A quiet stream shows that it is alive by comments.",
            "content": {_MEDIA_TYPE: {"schema": {"type": "string"}, "example": "event: ModelListed\ndata: {...}\nid: 57\n\n"}},
        },
        **problem_answers(InvalidName, PositionAhead, PositionNotReached, TooManyStreams),
    },
    openapi_extra=parameters(StreamQuery, [_LAST_EVENT_ID]),
)
async def follow_events(request: Request) -> Response:
    """Begins after `Last-Event-ID`, else after `after`, else at the log's end."""
    service: Service = request.app.state.service
    query = read_query(StreamQuery, request)
    after = _last_seen(request.headers.get("last-event-id"), query.after)
    await service.reach(query.min_position)
    start = service.position if after is None else after
    if start > service.position:
        raise PositionAhead(start, service.position)  # It would wait, silently, past entries that are still to come.
    streams: OpenStreams = request.app.state.streams
    principal: str | None = request.scope["state"].get("principal")
    streams.check(principal)
    # Bytes as they are: the framework's own event streams take 2 tasks and 25 KB more for each client (58 KB instead of 33).
    following = _followed(service, start, readable(sender.get(), query.stream or ""), sender.get(), streams.one(principal))
    return StreamingResponse(following, HTTPStatus.OK, _HEADERS, _MEDIA_TYPE)


async def _followed(
    service: Service, after: Position, prefixes: Sequence[str], to: Principal | None, counted: AbstractContextManager[None]
) -> AsyncIterator[bytes]:
    with counted:
        # A client that is cut before its first event goes on from here, and not from a later end of the log.
        yield format_sse_event(comment="following", id=str(after), retry=RETRY_MILLISECONDS)
        while not service.stopping.is_set() and (to is None or to.is_good()):
            if after < service.position:
                upto = min(service.position, after + WINDOW)
                window = await run_in_threadpool(_window, service, after, upto, prefixes)
                after = window.reached
                if window.content:
                    yield window.content
                if window.ends:
                    return
            elif not await service.grown(after, service.heartbeat_seconds):
                yield KEEPALIVE_COMMENT


class _Window(NamedTuple):
    """Some of the log as written, in one piece: a piece for each entry costs a client of a long log many times as much."""

    content: bytes
    reached: Position
    ends: bool = False


def _window(service: Service, after: Position, upto: Position, prefixes: Sequence[str]) -> _Window:
    """Write the entries of a window; one that cannot be read ends the stream, after all that stand before it."""
    pieces: list[bytes] = []
    try:
        pieces.extend(map(_event, entries(service.ledger.store, after, upto, prefixes)))
    except UnreadableEvent as error:
        pieces.append(format_sse_event(data_str=rendering.plain(told(problem_of(error))).decode(), event="problem"))
        return _Window(b"".join(pieces), error.position - 1, ends=True)
    return _Window(b"".join(pieces), upto)


def entries(store: Store, after: Position, upto: Position | None, prefixes: Sequence[str]) -> Iterator[Recorded]:
    """Follow the log in its order, as far as the names of its streams begin with one of these."""
    if len(prefixes) == 1:
        return store.log(after, upto, prefixes[0])
    return merge(*(store.log(after, upto, prefix) for prefix in prefixes), key=lambda entry: entry.position)


def _event(entry: Recorded) -> bytes:
    content = rendering.plain(cloud_event(entry)).decode()
    return format_sse_event(data_str=content, event=type(entry.event).__name__, id=str(entry.position))


def _last_seen(header: str | None, after: Position | None) -> Position | None:
    if header is None or not header.strip():
        return after
    text = header.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > DIGITS_MAX or int(text) > POSITION_MAX:
        raise InvalidName("Last-Event-ID", text, "it is a position of the ledger, as the events' ids are")
    return int(text)
