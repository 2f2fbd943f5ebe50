"""News of announcements and changes, for readers of feeds."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.feeds import json_feed
from api.feeds.atom import atom
from api.feeds.identity import identity
from api.feeds.news import news
from api.feeds.routes.asked import FeedQuery, site_of, wanted
from api.http.conditional import kept_answer, tag_of
from api.http.described import Responses, parameters, read_answers
from api.http.paths import Serving
from api.http.queries import DIGITS, POSITION_MAX, read_query
from api.http.service import Service

router = APIRouter(tags=["feeds"])

ATOM = "application/atom+xml"
LIMIT_MAX = 200

Writer = Callable[..., bytes]


class NewsQuery(FeedQuery):
    """Which news."""

    before: Annotated[
        Annotated[int, Field(ge=1, le=POSITION_MAX), DIGITS] | None, Field(description="Only news before this position.", examples=[100])
    ] = None
    limit: Annotated[Annotated[int, Field(ge=1, le=LIMIT_MAX), DIGITS], Field(description="At the most so many.", examples=[50])] = 50


def _described(media_type: str, kind: str, words: str) -> Responses:
    return {200: {"description": words, "content": {media_type: {"schema": {"type": kind}}}}}


@router.get(
    "/feeds/changes.atom",
    operation_id="getAtomFeed",
    summary="Announcements and changes as Atom, the newest first",
    response_class=Response,
    responses={**read_answers(), **_described(ATOM, "string", "A feed (RFC 4287); `next` leads to the news before.")},
    openapi_extra=parameters(NewsQuery),
)
async def get_atom(request: Request, service: Serving) -> Response:
    """An entry for each listing, announcement, withdrawal and stage; its id never changes."""
    return await _answer(request, service, atom, f"{ATOM}; charset=utf-8")


@router.get(
    "/feeds/changes.json",
    operation_id="getJsonFeed",
    summary="Announcements and changes as JSON Feed, the newest first",
    response_class=Response,
    responses={
        **read_answers(),
        **_described(json_feed.MEDIA_TYPE, "object", "A feed (jsonfeed.org, 1.1); `next_url` leads to the news before."),
    },
    openapi_extra=parameters(NewsQuery),
)
async def get_json_feed(request: Request, service: Serving) -> Response:
    """The same items as in Atom, under the same ids."""
    return await _answer(request, service, json_feed.json_feed, json_feed.MEDIA_TYPE)


async def _answer(request: Request, service: Service, write: Writer, media_type: str) -> Response:
    query = read_query(NewsQuery, request)
    await service.reach(None)
    is_wanted = wanted(request, query)
    site = site_of(request)

    def written() -> bytes:
        store = service.ledger.store
        found = news(store, query.before, query.limit, is_wanted)
        following = _next(request, site, found[-1].position) if len(found) == query.limit else None
        title = query.title("Model lifecycle changes")
        return write(title, found, identity(store), site, _own(request, site), following)

    body = await run_in_threadpool(written)
    return kept_answer(request, body, tag_of(body), media_type)


def _own(request: Request, site: str) -> str:
    query = urlencode(dict(request.query_params))
    return f"{site}{_path(request)}{f'?{query}' if query else ''}"


def _next(request: Request, site: str, before: int) -> str:
    return f"{site}{_path(request)}?{urlencode({**request.query_params, 'before': before})}"


def _path(request: Request) -> str:
    return request.url.path.removeprefix(request.scope.get("root_path", ""))
