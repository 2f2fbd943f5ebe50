"""Forgery: a form that is sent here from somebody else's page is refused, whatever cookies the browser sends along.

Each form bears a token that is made of a secret: that of the session, or, where nobody is signed in, one in a cookie.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from secrets import token_urlsafe
from urllib.parse import urlsplit

from fastapi_rfc9457 import Problem
from starlette.requests import Request
from starlette.responses import Response

from api.access.cookies import set_cookie
from api.access.sessions import Session, cookie_of
from api.http.problems import PROBLEMS_PATH

COOKIE = "lifecycle_form"
FIELD = "csrf"
_SECRET_BYTES = 24
_MADE_FOR = b"lifecycle-ledger form"
_AGAIN = "Open the page again here, and send the form from there."


class FormForged(Problem):
    """A form that did not come from a page of this service, or is too old."""

    title = "This form cannot be taken"
    status = HTTPStatus.FORBIDDEN
    type = f"{PROBLEMS_PATH}/form-forged"


def token_for(request: Request) -> str:
    """Return the token of a page's forms. The answer with them passes through `remembered`."""
    return _token(_secret(request) or _new_secret(request))


def remembered(request: Request, response: Response) -> Response:
    """Let the browser keep the secret of the tokens that were just made, where it has none yet."""
    secret = getattr(request.state, "form_secret", None)
    if secret:
        set_cookie(request, response, COOKIE, secret)
    return response


def check(request: Request, form: Mapping[str, str]) -> None:
    """Refuse a form that may be forged.

    Raises:
        FormForged: it comes from elsewhere, or its token is not one of this browser's.
    """
    if not _is_from_here(request):
        raise FormForged(detail=f"It was sent from a page of another site, and nothing was done. {_AGAIN}")
    secret = _secret(request)
    if not secret or not hmac.compare_digest(form.get(FIELD, "").encode(), _token(secret).encode()):
        raise FormForged(detail=f"It belongs to a session that has ended, and nothing was done. {_AGAIN}")


def session_of(request: Request) -> Session | None:
    """Return the session of a request, on pages for which nobody is asked, too."""
    found: Session | None = getattr(request.state, "session", None)
    credentials = getattr(request.state, "credentials", None)
    if found is None and credentials is not None:
        found = credentials.sessions.of(request.scope["headers"])
    return found


def _is_from_here(request: Request) -> bool:
    """Whether the browser says that a page of our own sent it: by one of two headers, and against it by none."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    if site is not None and site != "same-origin":
        return False
    if origin == "null":
        return site is not None
    return urlsplit(origin).netloc == request.headers.get("host")


def _secret(request: Request) -> str:
    session = session_of(request)
    return session.secret if session else cookie_of(request.scope["headers"], COOKIE)


def _new_secret(request: Request) -> str:
    if not getattr(request.state, "form_secret", None):
        request.state.form_secret = token_urlsafe(_SECRET_BYTES)
    return str(request.state.form_secret)


def _token(secret: str) -> str:
    return hmac.new(secret.encode(), _MADE_FOR, sha256).hexdigest()
