"""The guard: no request passes it that its sender may not make. It stands before all routes, those of no operation included."""

from collections.abc import Awaitable

from fastapi_rfc9457 import Problem
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.credentials import Credentials, has_credential
from api.access.errors import CredentialRefused, CredentialUnchecked, ScopeMissing
from api.access.operations import Operation, Operations
from api.access.principal import Principal, sender
from api.access.rights import PUBLIC
from api.http.problems import problem_of
from api.pages.signing_in.refusing import refusal_page
from domain.errors import LedgerError

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
        operation, principal = self._operation(scope), None
        state = scope.setdefault("state", {})
        if operation is not None:
            scope["route"] = operation.route  # A refusal, too, is counted under its route.
            if operation.is_page:
                state["credentials"] = credentials
        try:
            principal = await _identified(credentials, scope, operation)
            _check(principal, operation)
        except (CredentialRefused, CredentialUnchecked, ScopeMissing) as refused:
            await (await _refusal(scope, operation, principal, refused))(scope, receive, send)
            return
        if principal is None:
            await self.app(scope, receive, send)
            return
        state["principal"] = principal.actor
        token = sender.set(principal)
        try:
            await self.app(scope, receive, _for_the_sender_alone(send))
        finally:
            sender.reset(token)

    def _operation(self, scope: Scope) -> Operation | None:
        if self._operations is None:
            self._operations = Operations(scope["app"].routes)
        return self._operations.of(scope["method"], scope["path"])


async def _identified(credentials: Credentials, scope: Scope, operation: Operation | None) -> Principal | None:
    """Return who sends a request; none, where nobody is asked. A session counts on pages alone: the API knows no cookies."""
    if (operation is not None and operation.needed == PUBLIC) or not credentials.are_set_up:
        return None
    headers = scope["headers"]
    session = credentials.sessions.of(headers) if operation is not None and operation.is_page and not has_credential(headers) else None
    if session is None:
        return await credentials.principal(headers)
    scope["state"]["session"] = session
    return await credentials.holder(session.credential)


def _check(principal: Principal | None, operation: Operation | None) -> None:
    if principal is not None and operation is not None and (operation.needed is None or not principal.may(operation.needed)):
        raise ScopeMissing(tuple(sorted(operation.needed or ())))


async def _refusal(scope: Scope, operation: Operation | None, principal: Principal | None, refused: LedgerError) -> Response:
    """Tell a browser by a page, and everybody else by a problem document."""
    request = Request(scope)
    if operation is not None and operation.is_page and "text/html" in request.headers.get("accept", ""):
        return refusal_page(request, principal, refused)
    response: Response = await scope["app"].exception_handlers[Problem](request, problem_of(refused))
    return response


def _for_the_sender_alone(send: Send) -> Send:
    """Let no cache between us and the sender keep an answer for others."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"public", b"private") if name.lower() == _CACHED else value) for name, value in message["headers"]
            ]
        await send(message)

    return tell
