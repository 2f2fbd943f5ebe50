"""Cookies that this service sets: out of reach of scripts, and sent over TLS alone, except on this machine."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from api.access.oidc_settings import is_loopback


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None, lax: bool = False) -> None:
    """Let a browser keep a value, for so many seconds or until it is closed.

    `lax`: it comes along, too, when somebody is sent here from another site.
    """
    samesite: Literal["lax", "strict"] = "lax" if lax else "strict"
    response.set_cookie(name, value, max_age=seconds, path="/", secure=_needs_tls(request), httponly=True, samesite=samesite)


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Let a browser forget a value."""
    response.delete_cookie(name, path="/", secure=_needs_tls(request), httponly=True, samesite="strict")


def _needs_tls(request: Request) -> bool:
    """Whether the browser came by TLS: where TLS ends before this service, the request does not say so."""
    return request.url.scheme == "https" or not is_loopback(request.url.hostname or "")
