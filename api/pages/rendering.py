"""Pages as HTML: one environment for all templates, and the headers that go with each page."""

from functools import cache
from http import HTTPStatus
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from api.access.forgery import session_of, token_for
from api.access.principal import sender
from api.http.conditional import REVALIDATE, kept_answer, tag_of
from api.pages.shown import SHOWN
from api.pages.static import address_of

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing runs and nothing is shown but what this service itself sends as files."""

NAVIGATION = (("/", "Models"), ("/compare", "Compare"), ("/notices", "Notices"), ("/ledger", "Ledger"), ("/announce", "Announce"))


def page(request: Request, template: str, *, title: str, status: int = HTTPStatus.OK, **context: object) -> Response:
    """Answer with a page made of a template; with `304` where the browser has it already.

    A template gets `title`, `root` (what stands before each path), `asset(name)`, `here` (the path), `navigation`, `principal` (who is
    signed in; none where nobody is) and what else is given.
    """
    body = markup(request, template, title=title, **context).encode()
    headers = {"Content-Security-Policy": POLICY, "Vary": "Cookie, Accept"}
    if status != HTTPStatus.OK or request.method == "POST":
        return Response(body, status, {**headers, "Cache-Control": "no-store"}, HTML)
    answer = kept_answer(request, body, tag_of(body), HTML, cached=f"private, {REVALIDATE}")
    answer.headers.update(headers)
    return answer


def markup(request: Request, template: str, **context: object) -> str:
    """Return a template filled in."""
    root = request.scope.get("root_path", "")
    session = session_of(request)
    known = {"csrf": token_for(request)} if session and "csrf" not in context else {}
    return (
        templates()
        .get_template(template)
        .render(
            root=root,
            here=request.url.path.removeprefix(root),
            asset=lambda name: address_of(root, name),
            navigation=NAVIGATION,
            principal=sender.get(),
            signed_in_here=session is not None,
            **known,
            **context,
        )
    )


@cache
def templates() -> Environment:
    """Return the environment of all templates."""
    environment = Environment(
        loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(SHOWN)
    environment.filters["part"] = lambda text: quote(str(text), safe="")
    environment.globals["clocks"] = None
    return environment
