"""The application: routes, problems and documentation around one service."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from fastapi_rfc9457.server import get_problem_docs_router
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.access.credentials import Credentials
from api.feeds.routers import ROUTERS as FEEDS
from api.http import openapi, problems
from api.http.metrics import Metrics
from api.http.middleware import stack
from api.http.open_streams import OpenStreams
from api.http.routes import (
    access,
    acknowledging,
    audit,
    batch,
    catalog,
    commands,
    documentation,
    events,
    health,
    history,
    ledger,
    models,
    notices,
    policies,
    roles,
    stage,
    stream,
    subscriptions,
    webhooks,
    writes,
)
from api.http.service import Service
from api.http.settings import HttpSettings
from api.pages import unknown
from api.pages.routers import ROUTERS as PAGES
from api.version import VERSION

DESCRIPTION = """\
The system of record for the lives of AI models: what was announced, what was known when, and what stage a model was in on any day.

Three clocks: `valid_at` (when in the world), `known_at` (as publicly known by then), `recorded_at` (as this ledger held it by then, an
instant or a position like `@57`). A bare day means 00:00:00 UTC. Every answer names the position that it used.

Errors are problem documents (RFC 9457); their `type` leads to a page that explains it."""

_ROUTERS = (
    stage,
    access,
    audit,
    batch,
    models,
    history,
    writes,
    catalog,
    policies,
    stream,
    events,
    commands,
    ledger,
    subscriptions,
    roles,
    webhooks,
    notices,
    health,
)


def create_app(service: Service, settings: HttpSettings, credentials: Credentials | None = None) -> FastAPI:
    """Make the application of a service. Without `credentials`, nobody is ever asked for one."""
    app = FastAPIOffline(
        docs_url=None,  # The pages are our own, for the sake of their policies; the files that they need are not.
        redoc_url=None,
        title="Lifecycle ledger",
        summary="Stages of AI models at any time, as known and as recorded at any time.",
        description=DESCRIPTION,
        version=VERSION,
        license_info={"name": "MIT", "identifier": "MIT"},
        # Where nothing is traced, nothing is asked: that alone would cost each request 15 us. Logs of theirs hold texts of errors.
        telemetry={"tracing": settings.tracing, "auto_configure": settings.tracing, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.state.streams = OpenStreams(service.counters, settings.streams_max, settings.streams_of_one_max)
    problems.install(app, [route for router in (*(routes.router for routes in _ROUTERS), *FEEDS, *PAGES) for route in router.routes])
    unknown.install(app)
    for routes in _ROUTERS:
        app.include_router(routes.router)
    app.include_router(
        get_problem_docs_router(*problems.PROBLEMS.values(), *problems.SERVICE_PROBLEMS),
        prefix=problems.PROBLEMS_PATH,
        include_in_schema=False,
    )
    app.include_router(acknowledging.router)
    app.include_router(documentation.router)
    for router in (*FEEDS, *PAGES):
        app.include_router(router)
    metrics = app.state.metrics = Metrics(service)
    app.add_api_route("/metrics", _exposed(metrics), include_in_schema=False)
    openapi.install(app)
    stack.install(app, service, access.ACCESS, metrics, settings, credentials)
    return app


def _exposed(metrics: Metrics) -> Callable[[], Awaitable[Response]]:
    async def exposed() -> Response:
        return Response(await metrics.expose(), media_type=CONTENT_TYPE_LATEST)

    return exposed
