"""Signing in by the identity provider: the way there, and the way back."""

import re
from hmac import compare_digest
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.code_flow import CodeFlow, SignIn
from api.access.cookies import delete_cookie, set_cookie
from api.access.credentials import Credentials
from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.sessions import COOKIE, cookie_of
from api.http.paths import Serving
from api.http.problems import TooManyRequests
from api.pages.errors import NoSuchPage
from api.pages.page_route import PageRoute, elsewhere, told
from api.pages.signing_in.failures import address_of, failures_of
from api.pages.signing_in.form_page import form_page
from api.pages.signing_in.next_page import NEXT, safe, sign_in_address

router = APIRouter(route_class=PageRoute, include_in_schema=False)

WAY_COOKIE = "lifecycle_sign_in"
WAY_SECONDS = 600
"""How long somebody may take at the provider."""
CALLBACK = "/sign-in/callback"
LOST = "This sign-in was not begun in this browser, or more than ten minutes ago. Begin again."
_PURPOSE = "sign-in"
_CODE_MAX = 4096
_REASON = re.compile(r"[a-z_]{1,60}")


@router.get("/sign-in/provider")
async def leave(request: Request, service: Serving) -> Response:
    """Send somebody to the identity provider."""
    credentials, flow = _flow(request)
    root = request.scope.get("root_path", "")
    begun = SignIn(safe(request.query_params.get(NEXT, ""), root), f"{service.office.settings.public_url or _here(request)}{CALLBACK}")
    try:
        response: Response = elsewhere(await flow.address(begun))
    except CredentialUnchecked as unchecked:
        return told(request, HTTPStatus.SERVICE_UNAVAILABLE, "Signing in does not work now", unchecked.sentence)
    kept = {**begun.as_dict(), "at": credentials.sessions.clock().timestamp()}
    set_cookie(request, response, WAY_COOKIE, credentials.sessions.seal.sealed(kept, _PURPOSE), seconds=WAY_SECONDS, lax=True)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(CALLBACK)
async def come_back(request: Request) -> Response:
    """Begin a session with the access token that the provider gives for its code."""
    credentials, flow = _flow(request)
    failures, address = failures_of(request), address_of(request)
    try:
        failures.refuse_more(address)
        begun = _begun(request, credentials)
        token = await flow.access_token(begun, _code(request, flow))
        await credentials.holder(token)
        sealed = credentials.sessions.begun(token)
    except CredentialRefused as refused:
        failures.count(address)
        response = _not_in(request, HTTPStatus.FORBIDDEN, f"{refused.reason}.")
    except CredentialUnchecked as unchecked:
        response = _not_in(request, HTTPStatus.SERVICE_UNAVAILABLE, unchecked.sentence)
    except TooManyRequests as problem:
        response = _not_in(request, HTTPStatus.TOO_MANY_REQUESTS, str(problem.detail))
    else:
        response = going_on(request, begun.next)
        set_cookie(request, response, COOKIE, sealed)
    delete_cookie(request, response, WAY_COOKIE)
    return response


def going_on(request: Request, after: str) -> Response:
    """Lead somebody who comes from another site on to a page: a browser sends the session's cookie from our own pages only."""
    return form_page(request, "going_on.html.j2", title="One moment", after=after)


def _not_in(request: Request, status: int, sentence: str) -> Response:
    again = sign_in_address(request, f"{request.scope.get('root_path', '')}/")
    return form_page(request, "not_in.html.j2", title="You are not signed in", status=status, sentence=sentence, again=again)


def _flow(request: Request) -> tuple[Credentials, CodeFlow]:
    credentials: Credentials | None = getattr(request.state, "credentials", None)
    if credentials is None or credentials.code_flow is None:
        raise NoSuchPage(request.url.path)
    return credentials, credentials.code_flow


def _begun(request: Request, credentials: Credentials) -> SignIn:
    sessions = credentials.sessions
    kept = sessions.seal.opened(cookie_of(request.scope["headers"], WAY_COOKIE), _PURPOSE)
    if kept is None or sessions.clock().timestamp() - kept.pop("at") > WAY_SECONDS:
        raise CredentialRefused(LOST.removesuffix("."))
    begun = SignIn(**kept)
    if not compare_digest(request.query_params.get("state", "").encode(), begun.state.encode()):
        raise CredentialRefused(LOST.removesuffix("."))
    return begun


def _code(request: Request, flow: CodeFlow) -> str:
    """Return the code that the provider sends."""
    answer = request.query_params
    if answer.get("iss", flow.issuer) != flow.issuer:
        raise CredentialRefused("The answer comes from another identity provider")
    if "error" in answer:
        reason = answer["error"] if _REASON.fullmatch(answer["error"]) else "it does not say why"
        raise CredentialRefused(f"The identity provider did not let you in ({reason.replace('_', ' ')})")
    code = answer.get("code", "")
    if not 0 < len(code) <= _CODE_MAX:
        raise CredentialRefused("The identity provider gave no code")
    return code


def _here(request: Request) -> str:
    """Return the address of this service as the browser named it; the provider knows the ones that are good."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
