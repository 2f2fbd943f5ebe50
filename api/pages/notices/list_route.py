"""All notification runs, and the way to what somebody looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.http.cursors import Cursor, read_cursor
from api.http.notice_queries import key_of
from api.http.notice_reading import position_of, read
from api.http.paths import Serving
from api.http.queries import POSITION_MAX, read_query
from api.http.service import Service
from api.pages.figures.coverage import CoverageParts, coverage_svg, patterns_svg
from api.pages.notices.asked import Asked, ListQuery, filled
from api.pages.notices.rows import at
from api.pages.page_route import PageRoute, elsewhere
from api.pages.rendering import page
from domain.events import Position
from domain.streams import SUBSCRIPTIONS, subscription_stream
from projections.notices.coverage import coverage
from projections.notices.reached import as_of
from projections.notices.runs import RunRow, overdue, runs

router = APIRouter(route_class=PageRoute, include_in_schema=False)

RUNS = 25
LATE_MAX = 5_000
"""Recipients of a run, above which who was late is counted on the run's own page only: it means looking at each of them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A run in the list."""

    run: RunRow
    late: int | None
    """None: too many to count them here."""
    overdue: bool

    @property
    def bar(self) -> CoverageParts:
        """Its coverage."""
        return CoverageParts(self.run.accepted, self.run.pending, self.run.failed, self.run.excluded, self.late or 0)


@router.get("/notices")
async def show(request: Request, service: Serving) -> Response:
    """Show the runs, the newest first; `find` leads to a run, a model's runs, a subscription or a person."""
    request = filled(request)
    query = read_query(ListQuery, request)
    if query.find:
        return elsewhere(f"{request.scope.get('root_path', '')}{await run_in_threadpool(_found, service, query.find)}")
    asked, key = Asked(request, query), key_of(query.model)
    cursor = read_cursor(request, query.cursor, (int,)) or Cursor(await position_of(service, query), (POSITION_MAX,))

    def ask(connection: Connection) -> Sequence[Listed]:
        point = as_of(connection, cursor.position)
        found = runs(connection, key=key, open_only=query.open, before=int(cursor.after[0]), limit=RUNS + 1, position=point)
        late = {each.run.run for each in overdue(connection, service.now(), point)}
        return [Listed(run, _late(connection, run, point), run.run in late) for run in found]

    found = await read(service, ask)
    shown = found[:RUNS]
    return page(
        request,
        "notices.html.j2",
        title="Notices",
        runs=shown,
        query=query,
        asked=asked,
        position=cursor.position,
        following=asked.following(Cursor(cursor.position, (shown[-1].run.run,))) if len(found) > RUNS else "",
        bar=lambda each: coverage_svg(each.bar),
        patterns=patterns_svg(),
        at=at,
        has_subscriptions=bool(shown) or bool(service.ledger.store.streams(SUBSCRIPTIONS)),
    )


def _late(connection: Connection, run: RunRow, position: Position | None) -> int | None:
    if run.recipients > LATE_MAX:
        return None
    of = coverage(connection, run.run, position)
    return of.late if of else 0


def _found(service: Service, text: str) -> str:
    """Return the page about what somebody looks for."""
    if text.removeprefix("@").isdecimal():
        return f"/notices/runs/{text.removeprefix('@')}"
    if "/" in text:
        return f"/notices?model={quote(text)}"
    kind = "subscriptions" if service.ledger.store.history(subscription_stream(text)) else "people"
    return f"/notices/{kind}/{quote(text, safe='')}"
