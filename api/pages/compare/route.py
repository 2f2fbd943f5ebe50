"""The comparison of two knowledge days: parse, one call, page."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from shlex import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.paths import Serving
from api.http.routes.catalog import ANY
from api.http.service import Service
from api.pages.clocks import Clocks, read_clocks, written
from api.pages.compare.changed import changed, moments
from api.pages.compare.query import Points, Typed, read_given, read_kind
from api.pages.compare.view import KINDS, Compared, compared, default_from, neighbours, steps
from api.pages.model.machines import scope_parameters
from api.pages.page_route import PageRoute
from api.pages.rendering import page
from api.words import subject
from domain.events import Position
from domain.ledger import Asked
from domain.subjects import WHOLE

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/compare")
async def show(request: Request, service: Serving) -> Response:
    """Show what changed between two points of knowledge; without any, what the last announcement changed."""
    typed = Typed.read(request.query_params)
    await service.reach(None)
    now = service.now()
    given, mistakes = read_given(typed, now)
    recorded_at = read_clocks({"recorded_at": typed.fields["recorded_at"]}).recorded_at
    told = [at for at in await moments(service, typed.fields["catalog"] or None) if at <= now]
    points = Points(given.known_from or default_from(told, given.known_to or now), given.known_to, given.valid_at)
    return page(
        request,
        "compare.html.j2",
        title="Compare two days of knowledge",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if mistakes else HTTPStatus.OK,
        typed=typed,
        mistakes={mistake.field: mistake.why for mistake in mistakes},
        points=points,
        found=None if mistakes else await _compared(service, typed, points, recorded_at),
        catalogs=sorted({key.catalog for key in service.models()}),
        kinds=KINDS,
        kind=read_kind(typed.fields["kind"]),
        subject=subject,
        model_query=lambda scope, known_at: Clocks(points.valid_at, known_at, recorded_at).query(**scope_parameters(scope)),
        command=_command(points, told, typed),
        **_nearby(points, told, typed, now),
    )


def _nearby(points: Points, told: Sequence[datetime], typed: Typed, now: datetime) -> dict[str, object]:
    """Return what the fields show, and the days of announcements that lie near."""
    known_to = points.known_to or now
    earlier, later = steps(told, points.known_from, known_to)
    return {
        "shown": {"from": typed.fields["from"] or written(points.known_from), "to": typed.fields["to"]},
        "near": {"from": neighbours(told, points.known_from), "to": neighbours(told, known_to)},
        "earlier": earlier,
        "later": later,
        "written": written,
    }


async def _compared(service: Service, typed: Typed, points: Points, recorded_at: datetime | Position | None) -> Compared:
    after = service.question(ANY, Asked(WHOLE, points.valid_at, points.known_to, recorded_at))
    before = service.question(ANY, Asked(WHOLE, after.valid_at, points.known_from, recorded_at))
    return compared(await changed(service, before, after, typed.fields["catalog"] or None), read_kind(typed.fields["kind"]), typed)


def _command(points: Points, told: Sequence[datetime], typed: Typed) -> str:
    """Write the command that prints the same; `now` is written as the last announcement, for nothing was known anew since."""
    known_to = points.known_to or max([points.known_from, *told[-1:]])
    options = [("--known-at", written(points.known_from)), ("--known-at", written(known_to))]
    options += [("--catalog", typed.fields["catalog"])] if typed.fields["catalog"] else []
    options += [("--valid-at", written(points.valid_at))] if points.valid_at else []
    options += [("--recorded-at", typed.fields["recorded_at"])] if typed.fields["recorded_at"] else []
    return "lifecycle diff" + "".join(f" {name} {quote(value)}" for name, value in options)
