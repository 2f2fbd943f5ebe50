"""Pages of a list that stands still at one position."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api import wire_answers as wire
from api.http import rendering
from api.http.conditional import json_answer, tag_of
from api.http.cursors import Cursor
from api.http.queries import DIGITS

LIMIT_MAX = 500
CursorText = Annotated[
    str | None,
    Field(max_length=4000, description="Where a page begins: part of the address that the page before it gives as `next`."),
]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Rows a page.", examples=[100]), DIGITS]


def paged(
    request: Request,
    name: str,
    rows: Sequence[wire.JSON],
    limit: int,
    cursor: Cursor,
    key: Callable[[wire.JSON], Sequence[str | int]],
    more: wire.JSON | None = None,
) -> Response:
    """Answer with a page of at most `limit` rows; one row more shows that there is a next page."""
    page = rows[:limit]
    following = replace(cursor, after=key(page[-1])).address(request) if len(rows) > limit else None
    content: wire.JSON = {**(more or {}), "position": cursor.position, "next": following}
    if cursor.valid_at is not None:
        content["valid_at"] = wire.instant(cursor.valid_at)
    if cursor.known_at is not None:
        content["known_at"] = wire.instant(cursor.known_at)
    body = rendering.plain({**content, name: page})
    response = json_answer(request, body, tag_of(rendering.plain([page, following is None])))
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response
