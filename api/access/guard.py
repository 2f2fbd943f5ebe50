"""The guard: no request passes it that its sender may not make. It stands before all routes, those of no operation included."""

from collections.abc import Awaitable

from fastapi_rfc9457 import Problem
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.credentials import Credentials
from api.access.errors import CredentialRefused, CredentialUnchecked, ScopeMissing
from api.access.operations import Operation, Operations
from api.access.principal import Principal, sender
from api.access.rights import PUBLIC
from api.http.problems import problem_of

_CACHED = b"cache-control"


class Guard:
    """Asks for a credential once one can be good here, and tells the routes within who sent the request."""

    def __init__(self, app: ASGIApp, credentials: Credentials | None) -> None:
        """`credentials`: none, where nobody is ever asked."""
        self.app = app
        self._credentials = credentials
        self._operations: Operations | None = None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request."""
        if self._credentials is None or scope["type"] == "lifespan":
            return self.app(scope, receive, send)
        try:
            if not self._credentials.are_set_up:
                return self.app(scope, receive, send)
        except CredentialUnchecked:
            pass  # It is told below; nobody gets in meanwhile.
        return self._guarded(self._credentials, scope, receive, send)

    async def _guarded(self, credentials: Credentials, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            principal = await self._admitted(credentials, scope)
        except (CredentialRefused, CredentialUnchecked, ScopeMissing) as refused:
            response = await scope["app"].exception_handlers[Problem](Request(scope), problem_of(refused))
            await response(scope, receive, send)
            return
        if principal is None:
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal.actor
        token = sender.set(principal)
        try:
            await self.app(scope, receive, _for_the_sender_alone(send))
        finally:
            sender.reset(token)

    async def _admitted(self, credentials: Credentials, scope: Scope) -> Principal | None:
        """Return who sends a request that may be made; none, where nobody is asked."""
        operation = self._operation(scope)
        if operation is not None:
            scope["route"] = operation.route  # A refusal, too, is counted under its route.
            if operation.needed == PUBLIC:
                return None
        if not credentials.are_set_up:
            return None
        principal = await credentials.principal(scope["headers"])
        if operation is not None and (operation.needed is None or not principal.may(operation.needed)):
            raise ScopeMissing(tuple(sorted(operation.needed or ())))
        return principal

    def _operation(self, scope: Scope) -> Operation | None:
        if self._operations is None:
            self._operations = Operations(scope["app"].routes)
        return self._operations.of(scope["method"], scope["path"])


def _for_the_sender_alone(send: Send) -> Send:
    """Let no cache between us and the sender keep an answer for others."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"public", b"private") if name.lower() == _CACHED else value) for name, value in message["headers"]
            ]
        await send(message)

    return tell
