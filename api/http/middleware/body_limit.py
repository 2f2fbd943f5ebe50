"""A body that is too long is refused: by its declared length before a byte is read, or as soon as more than the limit has come."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.refusing import refusal
from api.http.problems import ContentTooLarge

LINGER_SECONDS = 2.0
"""How long what is still being sent is thrown away: a connection that is closed on it would take our answer along."""

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class _TooLong(HTTPException):
    """Ends the reading of a body; FastAPI would turn any other error into a 400."""

    def __init__(self) -> None:
        super().__init__(413)


class _Counted:
    """One request whose body is counted as it comes."""

    def __init__(self, receive: Receive, send: Send, bytes_max: int) -> None:
        self._receive = receive
        self._send = send
        self._left = bytes_max
        self.too_long = False
        self.answered = False
        self.more = True
        """Whether the client has more to send."""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self.more = message.get("more_body", False)
            if self._left < 0:
                self.too_long = True
                raise _TooLong
        return message

    async def send(self, message: Message) -> None:
        if not self.too_long or self.answered:
            self.answered = True
            await self._send(message)


class BodyLimit:
    """Holds no more of a body than the limit."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self.app = app
        self.bytes_max = bytes_max

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            return self.app(scope, receive, send)
        return self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if _declared(headers) > self.bytes_max:
            await self._refuse(scope, receive, send, linger=headers.get("expect") is None)
            return
        counted = _Counted(receive, send, self.bytes_max)
        try:
            await self.app(scope, counted.receive, counted.send)
        except Exception:  # it may have become another one, or a group of them, on its way
            if not counted.too_long or counted.answered:
                raise
        if counted.too_long and not counted.answered:
            await self._refuse(scope, receive, send, linger=counted.more)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, linger: bool) -> None:
        problem = ContentTooLarge(detail=f"This service takes bodies of {self.bytes_max} bytes at the most. Send less at a time.")
        response = await refusal(scope, problem)
        response.headers["Connection"] = "close"
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        if linger:
            await _throw_away(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _declared(headers: Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0


async def _throw_away(receive: Receive) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body"):
                pass
