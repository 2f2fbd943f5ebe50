"""One notification run: what was told, how the count stands, and its people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.http.notice_reading import position_of, read
from api.http.paths import Serving
from api.http.queries import POSITION_MAX, read_query
from api.http.service import Service
from api.notices.opened import opened_run
from api.pages.figures.coverage import CoverageParts, coverage_svg, patterns_svg
from api.pages.notices.asked import Asked, RunQuery, filled
from api.pages.notices.rows import at, rows_of
from api.pages.page_route import PageRoute
from api.pages.rendering import page
from api.pages.words.days import date_words
from domain.dates import AnyDate
from domain.events import Position
from domain.notices.events import NotificationRunOpened
from domain.notices.refusals import NoSuchRun
from domain.stages import PLANNED_STAGES, Stage
from projections.notices.coverage import Counts, Coverage, coverage, coverage_by_subscription
from projections.notices.findings import Found, findings
from projections.notices.reached import as_of
from projections.notices.runs import overdue
from projections.notices.told import State

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SUBSCRIPTIONS = 25
RunPart = Annotated[int, Path(ge=1, le=POSITION_MAX)]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands as of a position."""

    of: Coverage
    found: Sequence[Found]
    subscriptions: Sequence[tuple[str, Counts]]
    following: str
    """The last of these subscriptions, where there are more."""

    @property
    def bar(self) -> CoverageParts:
        """Its coverage."""
        run = self.of.run
        return CoverageParts(run.accepted, run.pending, run.failed, run.excluded, self.of.late)


@router.get("/notices/runs/{run}")
async def show(request: Request, service: Serving, run: RunPart) -> Response:
    """Show a run, as of now or of an earlier position."""
    request = filled(request)
    query = read_query(RunQuery, request)
    asked = Asked(request, query)
    position = await position_of(service, query)
    opened = await run_in_threadpool(opened_run, service.ledger, run)
    people = await rows_of(service, asked, query, replace(query.wanted(), run=run))
    standing = None
    if people.is_first:  # The count means looking at everybody: once is enough for all pages of people.
        standing = await read(service, lambda connection: _standing(connection, service, run, position, query.after or ""))
    return page(
        request,
        "notices_run.html.j2",
        title=f"Notification run {run}",
        run=run,
        key=opened.key,
        standing=standing,
        opened=opened,
        dates=_dates(opened),
        people=people,
        query=query,
        asked=asked,
        states=tuple(State),
        bar=coverage_svg,
        patterns=patterns_svg(),
        at=at,
    )


def _standing(connection: Connection, service: Service, run: Position, position: Position, after: str) -> Standing:
    point = as_of(connection, position)
    of = coverage(connection, run, point)
    if of is None:
        raise NoSuchRun(run)
    late = any(each.run.run == run for each in overdue(connection, service.now(), point))
    subscriptions = coverage_by_subscription(connection, run, after=after, limit=SUBSCRIPTIONS + 1, position=point)
    shown = subscriptions[:SUBSCRIPTIONS]
    return Standing(of, findings(of, overdue=late), shown, shown[-1][0] if len(subscriptions) > SUBSCRIPTIONS else "")


def _dates(opened: NotificationRunOpened) -> Sequence[tuple[Stage, str, str]]:
    """Return each stage with its date as it was before, and as the notice tells it."""
    before, after = opened.before, opened.after
    return [(stage, _words(getattr(before, stage, None)), _words(getattr(after, stage))) for stage in PLANNED_STAGES]


def _words(date: AnyDate | None) -> str:
    return date_words(date) if date else ""
