"""What the forms of these pages ask for: their fields are the parameters of the API, and an empty one asks for nothing."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field
from starlette.requests import Request

from api.http.cursors import Cursor
from api.http.notice_queries import AsOf, AuditQuery, GapsQuery, RunsQuery
from projections.notices.audit_statements import DateAsked

PAGE_ROWS = 50
DAYS = 30


class ListQuery(RunsQuery):
    """Which runs, or where somebody wants to go."""

    find: Annotated[str | None, Field(max_length=400)] = None


class RunQuery(AuditQuery):
    """Which people of a run, and from which subscription on their counts are shown."""

    after: Annotated[str | None, Field(max_length=100)] = None


class GapsPageQuery(GapsQuery):
    """Who was not told in time; without a number of days, those of the page's own choice."""

    days: Annotated[int, Field(ge=0, le=36_500)] = DAYS
    date: DateAsked = DateAsked.DEPRECATED


def filled(request: Request) -> Request:
    """Return a request without the fields that were left empty."""
    given = [(name, value.strip()) for name, value in request.query_params.multi_items() if value.strip()]
    return Request({**request.scope, "query_string": urlencode(given).encode()}, request.receive)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the addresses of others beside it; `root` and path are left to the page."""

    request: Request
    query: AsOf

    def link(self, **changed: object) -> str:
        """Return the query of the same question with changes; what becomes none is left out, and a page begins anew."""
        kept = {name: value for name, value in self.request.query_params.items() if name not in {"cursor", "after"}}
        changes = {name: value for name, value in changed.items() if value is not None}
        rest = {name: value for name, value in kept.items() if name not in changed}
        return f"?{urlencode({**rest, **changes})}" if rest or changes else "?"

    def following(self, cursor: Cursor) -> str:
        """Return the query of the next page."""
        return f"?{cursor.address(self.request).partition('?')[2]}"

    @property
    def then(self) -> str:
        """Return the query of another page as of the same point."""
        return f"?{urlencode(self.as_of)}" if self.as_of else ""

    @property
    def as_of(self) -> dict[str, str]:
        """The position or instant that was asked for, for links to other pages."""
        text = self.request.query_params.get("recorded_at")
        return {"recorded_at": text} if text else {}
