"""Long answers are compressed for those who take gzip; short ones, and streams of events, pass untouched."""

from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LENGTH_MIN = 1000
"""Bytes below which an answer is sent as it is."""

_LEVEL = 5
_VARIES = (b"vary", b"Accept-Encoding")


class Compression:
    """Starlette's compression, that costs nothing where there is nothing to compress."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        onward = send

        async def decide(message: Message) -> None:
            nonlocal onward
            if message["type"] == "http.response.start" and not _short(message):
                if _takes_gzip(scope):
                    responder = GZipResponder(self.app, LENGTH_MIN, _LEVEL)
                    responder.send = send
                    onward = responder.send_with_compression
                else:
                    message["headers"] = [*message.get("headers", ()), _VARIES]
            await onward(message)

        await self.app(scope, receive, decide)


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _short(start: Message) -> bool:
    """Whether an answer says that it is short; a stream does not say."""
    for name, value in start.get("headers", ()):
        if name == b"content-length":
            return int(value) < LENGTH_MIN
    return False
