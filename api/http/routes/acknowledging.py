"""The page behind the link of a notice: it shows a button. Whatever only looks at it acknowledges nothing."""

from functools import cache

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from starlette.responses import Response

from api.delivery.text import text_of
from api.http.paths import Serving
from api.notices.links import PATH, LinkExpired, LinkInvalid
from api.notices.opened import opened_run
from domain.notices.commands import Acknowledge
from domain.notices.events import NotificationRunOpened
from domain.notices.refusals import NoSuchRecipient, NoSuchRun

router = APIRouter(include_in_schema=False)

_NOWHERE = (LinkExpired, LinkInvalid, NoSuchRun, NoSuchRecipient)

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
    try:
        run, _ = service.office.links.read(token)
        return _page(200, "ask", opened_run(service.ledger, run))
    except _NOWHERE as error:
        return _nowhere(error)


@router.post(f"{PATH}/{{token}}")
async def acknowledge(service: Serving, token: str) -> Response:
    """Record that the notice was read; once, however often the button is pressed."""
    try:
        run, recipient = service.office.links.read(token)
        opened = opened_run(service.ledger, run)
        receipt = await service.record(Acknowledge(key=opened.key, run=run, recipient=recipient), f"read:{run}:{recipient}", None)
    except _NOWHERE as error:
        return _nowhere(error)
    return _page(200, "before" if receipt.replayed else "thanks", opened)


def _nowhere(error: Exception) -> Response:
    return _page(410, "expired") if isinstance(error, LinkExpired) else _page(404, "unknown")


def _page(status: int, what: str, opened: NotificationRunOpened | None = None) -> Response:
    content = _template().render(what=what, notice=text_of(opened) if opened else None, run=opened.run if opened else None)
    return Response(content, status, _HEADERS, "text/html")


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("api.http"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("acknowledge.html.j2")
