"""Home: parse, one call, page."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.paths import Serving
from api.http.routes.catalog import ANY
from api.http.service import Service
from api.pages.clock_form import clock_fields, moved, steps_of
from api.pages.figures.bands import Band, Floor, axis_svg, bands_svg
from api.pages.figures.scale import Scale
from api.pages.home.query import HomeQuery, Sort
from api.pages.home.view import Row, home
from api.pages.lives import Life, lives
from api.pages.names import names_of
from api.pages.page_route import PageRoute, elsewhere
from api.pages.rendering import page
from domain.rules.answers import FindingCode
from domain.stages import Stage
from domain.subjects import WHOLE

router = APIRouter(route_class=PageRoute, include_in_schema=False)

WIDTH = 400
"""Of a life's figure, in its own units; the page scales it."""


@router.get("/")
async def show(request: Request, service: Serving) -> Response:
    """Show the models asked for at a point on the clocks."""
    parameters = dict(request.query_params)
    query = HomeQuery.read(parameters)
    await service.reach(None)
    question = service.question(ANY, query.clocks.asked())
    now = service.now()
    found = await lives(service, question, query.catalog or None)
    moments = {at for life in found for at in life.edges}
    announced = _announced(service, query.catalog or None)
    steps = {"valid_at": steps_of(moments, now), "known_at": steps_of((at for at in announced if at <= now), now)}
    root = request.scope.get("root_path", "")
    if address := moved(f"{root}/", parameters, steps):
        return elsewhere(address)
    shown = home(query, found, names_of(request), question.valid_at)
    scale = Scale(shown.begin, shown.end, WIDTH)
    return page(
        request,
        "home.html.j2",
        title="Models",
        home=shown,
        question=question,
        clocks=query.clocks,
        form=clock_fields(f"{root}/", query.parameters(), query.clocks, now, moments, announced),
        axis=axis_svg(scale),
        figure=lambda row: _figure(row, scale, question.valid_at),
        all_catalogs=_catalogs(service),
        stages=list(Stage),
        findings=list(FindingCode),
        sorts=list(Sort),
    )


def _figure(row: Row, scale: Scale, at: datetime) -> str:
    return bands_svg(bands_of(row.life), scale, today=at, floors=floors_of(row.life))


def bands_of(life: Life) -> Sequence[Band]:
    """Return a life's stretches of equal stage, as a figure takes them."""
    found: list[Band] = []
    begins = (None, *life.edges)
    for place, (begin, stage) in enumerate(zip(begins, life.stages, strict=True)):
        end = life.edges[place] if place < len(life.edges) else None
        if found and found[-1].status is stage:
            found[-1] = Band(found[-1].begin, end, stage)
        else:
            found.append(Band(begin, end, stage))
    return found


def floors_of(life: Life) -> Sequence[Floor]:
    """Return the floors of what comes next."""
    following = life.answer.next
    return [Floor(following.not_before, following.stage)] if following and following.not_before else []


def _announced(service: Service, catalog: str | None) -> set[datetime]:
    if service.index.stopped:
        return set()
    return {at for key in service.models(catalog) for at in service.index.announced(key, WHOLE)}


def _catalogs(service: Service) -> Sequence[str]:
    return sorted({key.catalog for key in service.models()})
