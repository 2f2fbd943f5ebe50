"""While nobody is asked for a credential, only requests to this machine by name are answered.

A page of elsewhere can have its own name point to this machine, and its program then asks us as if it were one of our pages.
"""

from collections.abc import Sequence
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.credentials import Credentials
from api.access.errors import CredentialUnchecked
from api.http.middleware.refusing import refusal
from api.http.problems import HostNotServed

_LOCAL = frozenset({"localhost", ""})


class OwnHost:
    """Refuses requests to other names."""

    def __init__(self, app: ASGIApp, credentials: Credentials | None, allowed: Sequence[str]) -> None:
        """`credentials`: none, where nobody is ever asked, and any name will do. `allowed`: names besides those of this machine."""
        self.app = app
        self._credentials = credentials
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self.app
        if scope["type"] == "http" and self._credentials is not None:
            name = name_of(scope)
            if not self._is_own(name) and self._asks_nobody(self._credentials):
                detail = (
                    f"This service asks for no credential yet, and so answers only to localhost, not to {name[:100]!r}. Set up "
                    "credentials, or name the host in LIFECYCLE_ALLOWED_HOSTS."
                )
                app = await refusal(scope, HostNotServed(detail=detail))
        await app(scope, receive, send)

    def _is_own(self, name: str) -> bool:
        if name in _LOCAL or name in self._allowed:
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False

    def _asks_nobody(self, credentials: Credentials) -> bool:
        try:
            return not credentials.are_set_up
        except CredentialUnchecked:
            return False


def name_of(scope: Scope) -> str:
    """Return the host that a request names, without its port."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] or host if host.count(":") == 1 else host
