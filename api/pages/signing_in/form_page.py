"""Pages with forms that do something: their token, and the headers by which the browser says where a form came from."""

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from api.access.forgery import remembered, token_for
from api.http.problems import UnsupportedMediaType
from api.pages.rendering import page

FORM_TYPE = "application/x-www-form-urlencoded"
FIELDS_MAX = 100


def form_page(request: Request, template: str, *, title: str, status: int = HTTPStatus.OK, **context: object) -> Response:
    """Answer with a page made of a template, that nobody keeps; the template gets `csrf`, the token of its forms."""
    response = page(request, template, title=title, status=status, csrf=token_for(request), **context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"  # Without a referrer, browsers do not say either where a form came from.
    return remembered(request, response)


async def sent_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of one that is sent twice, the first.

    Raises:
        UnsupportedMediaType: it is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    pairs = _pairs(await request.body()) if kind == FORM_TYPE else None
    if pairs is None:
        raise UnsupportedMediaType(detail="Send the form from its page: this is none that can be read.")
    return dict(reversed(pairs))


def _pairs(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        return None
