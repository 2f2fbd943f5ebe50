"""Signing in by an API key, and signing out."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import forgery
from api.access.cookies import delete_cookie, set_cookie
from api.access.credentials import Credentials
from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.principal import Principal
from api.access.sessions import COOKIE, cookie_of
from api.http.problems import TooManyRequests
from api.pages.page_route import PageRoute, elsewhere
from api.pages.signing_in import provider
from api.pages.signing_in.failures import address_of, failures_of
from api.pages.signing_in.form_page import form_page, sent_form
from api.pages.signing_in.next_page import NEXT, safe

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(provider.router)

ENDED = "Your session has ended: it lasts 12 hours, and no longer than its key or token is good. Sign in again."
WRONG = "This key is not good here. Check that it was copied whole, or ask whoever gave it to you for a new one."


@router.get("/sign-in")
async def show(request: Request) -> Response:
    """Show the ways in. Who comes from another site, and so without the cookie, first goes on by a link of our own."""
    after = safe(request.query_params.get(NEXT, ""), request.scope.get("root_path", ""))
    if request.headers.get("sec-fetch-site") == "cross-site" and NEXT in request.query_params:
        return provider.going_on(request, after)
    principal = await _signed_in(request)
    ended = principal is None and bool(cookie_of(request.scope["headers"], COOKIE))
    response = _ways_in(request, after, said=ENDED if ended else "", principal=principal)
    if ended:
        delete_cookie(request, response, COOKIE)
    return response


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin a session with a key that somebody pasted.

    Raises:
        FormForged: the form is none of ours.
    """
    form = await sent_form(request)
    forgery.check(request, form)
    after = safe(form.get(NEXT, ""), request.scope.get("root_path", ""))
    credentials: Credentials | None = getattr(request.state, "credentials", None)
    if credentials is None:
        return elsewhere(after)
    failures, address = failures_of(request), address_of(request)
    try:
        failures.refuse_more(address)
        key = form.get("key", "").strip()
        await credentials.keys.principal(key)
    except CredentialRefused:
        failures.count(address)
        return _ways_in(request, after, wrong=WRONG, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except CredentialUnchecked as unchecked:
        return _ways_in(request, after, wrong=unchecked.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE)
    except TooManyRequests as problem:
        response = _ways_in(request, after, wrong=str(problem.detail), status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(problem.retry_after)
        return response
    response = elsewhere(after)
    set_cookie(request, response, COOKIE, credentials.sessions.begun(key))
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session.

    Raises:
        FormForged: the form is none of ours.
    """
    if forgery.session_of(request) is not None:
        forgery.check(request, await sent_form(request))
    response = elsewhere(f"{request.scope.get('root_path', '')}/sign-in")
    delete_cookie(request, response, COOKIE)
    return response


def _ways_in(
    request: Request, after: str, *, said: str = "", wrong: str = "", principal: Principal | None = None, status: int = HTTPStatus.OK
) -> Response:
    credentials: Credentials | None = getattr(request.state, "credentials", None)
    flow = credentials.code_flow if credentials else None
    return form_page(
        request,
        "sign_in.html.j2",
        title="Sign in",
        status=status,
        after=after,
        said=said,
        wrong=wrong,
        signed_in=principal,
        asked=credentials is not None,
        issuer=flow.issuer if flow else "",
    )


async def _signed_in(request: Request) -> Principal | None:
    session = forgery.session_of(request)
    if session is None:
        return None
    try:
        found: Principal = await request.state.credentials.holder(session.credential)
    except (CredentialRefused, CredentialUnchecked):
        return None
    return found
