"""The page behind the link of a notice: it shows a button. Whatever only looks at it acknowledges nothing."""

from functools import cache

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from starlette.responses import Response

from api.delivery.text import text_of
from api.http.paths import Serving
from api.http.service import Service
from api.notices.links import PATH, LinkExpired, LinkInvalid
from domain.events import Position
from domain.notices.commands import Acknowledge
from domain.notices.events import NotificationRunOpened
from domain.notices.refusals import NoSuchRecipient, NoSuchRun

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


@router.get(f"{PATH}/{{token}}")
async def show(service: Serving, token: str) -> Response:
    """Say what the notice was about, and show the button."""
    return _answered(service, token, "ask")


@router.post(f"{PATH}/{{token}}")
async def acknowledge(service: Serving, token: str) -> Response:
    """Record that the notice was read; once, however often the button is pressed."""
    answered = _answered(service, token, "thanks")
    if answered.status_code == 200:  # noqa: PLR2004
        run, recipient = service.office.links.read(token)
        try:
            await service.record(Acknowledge(key=_opened(service, run).key, run=run, recipient=recipient), f"read:{run}:{recipient}", None)
        except NoSuchRecipient:
            return _page(404, "unknown")
    return answered


def _answered(service: Service, token: str, what: str) -> Response:
    try:
        run, _ = service.office.links.read(token)
        opened = _opened(service, run)
    except LinkExpired:
        return _page(410, "expired")
    except (LinkInvalid, NoSuchRun):
        return _page(404, "unknown")
    return _page(200, what, headline=text_of(opened).headline, subject=text_of(opened).subject)


def _opened(service: Service, run: Position) -> NotificationRunOpened:
    for entry in service.ledger.store.log(run - 1, run):
        if isinstance(entry.event, NotificationRunOpened):
            return entry.event
    raise NoSuchRun(run)


def _page(status: int, what: str, **told: str) -> Response:
    values = {"what": what, "headline": "", "subject": "", **told}
    return Response(_template().render(values), status, _HEADERS, "text/html")


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("api.http"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("acknowledge.html.j2")
