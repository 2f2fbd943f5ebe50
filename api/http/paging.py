"""Pages of a list that stands still at one position."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """Rows as they are sent."""

    rows: bytes
    """A JSON list."""
    after: Sequence[str | int] | None
    """The key of the last row; none where no more rows follow."""
    tag: str

    @classmethod
    def of(cls, rows: bytes, after: Sequence[str | int] | None) -> "WrittenPage":
        """Make its entity tag."""
        return cls(rows, after, tag_of(b"[%b,%b]" % (rows, b"true" if after is None else b"false")))


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
    after = key(page[-1]) if len(rows) > limit else None
    return page_answer(request, name, WrittenPage.of(rendering.plain(page), after), cursor, more)


def page_answer(request: Request, name: str, page: WrittenPage, cursor: Cursor, more: wire.JSON | None = None) -> Response:
    """Answer with a page."""
    following = None if page.after is None else replace(cursor, after=page.after).address(request)
    content: wire.JSON = {**(more or {}), "position": cursor.position, "next": following}
    if cursor.valid_at is not None:
        content["valid_at"] = wire.instant(cursor.valid_at)
    if cursor.known_at is not None:
        content["known_at"] = wire.instant(cursor.known_at)
    body = b'%b,"%b":%b}' % (rendering.plain(content)[:-1], name.encode(), page.rows)
    response = json_answer(request, body, page.tag)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response
