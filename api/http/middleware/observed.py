"""Every request has an id, every answer is counted, what matters is logged, and a failure of ours is an answer too."""

import re
from collections.abc import Iterable, Mapping
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.logs import log, request_id
from api.http.metrics import Metrics
from api.notices.links import PATH

HEADER = b"x-request-id"
_SANE = re.compile(rb"[\x21-\x7e]{1,128}").fullmatch
_UNTOLD = ("{token}", "{person}")
_WITH_ADDRESS = re.compile(r"[^/]*@[^/]*")
_QUESTIONS = frozenset({"GET", "OPTIONS"})
_FAILED = 500
_REFUSED = 400


class Observed:
    """All answers pass it, those of failures too. An answer counts when it starts: a stream may go on for hours."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, access_log: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.access_log = access_log
        self._series = token_hex(6)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answered = perf_counter(), False
        name = _sane_id(scope["headers"]) or f"{self._series}-{next(self._numbers):x}".encode()
        request_id.set(name.decode())

        async def tell(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
                self._answered(scope, message["status"], perf_counter() - started)
            await send(message)

        try:
            await self.app(scope, receive, tell)
        except Exception as error:  # whatever went wrong, the sender gets an answer and the log the reason
            if answered:
                raise
            log.exception("failed", extra=_about(scope))
            response = await scope["app"].exception_handlers[Exception](Request(scope), error)
            await response(scope, receive, tell)

    def _answered(self, scope: Scope, status: int, seconds: float) -> None:
        self.metrics.answered(scope, status, seconds)
        if status >= _FAILED:
            log.error("answered", extra={**_about(scope), "status": status, "seconds": round(seconds, 6)})
        elif scope["method"] not in _QUESTIONS or self.access_log:
            word = "refused" if status >= _REFUSED else "answered"
            log.info(word, extra={**_about(scope), "status": status, "seconds": round(seconds, 6)})


def _sane_id(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    for name, value in headers:
        if name == HEADER:
            return value if _SANE(value) else None
    return None


def _about(scope: Scope) -> Mapping[str, Any]:
    return {"method": scope["method"], "path": _shown_path(scope)}


def _shown_path(scope: Scope) -> str:
    """Leave out who it is about, and what lets somebody in: links that are sent to people hold a token."""
    template: str | None = getattr(scope.get("route"), "path_format", None)
    if template is not None:
        return template if any(name in template for name in _UNTOLD) else scope["path"]
    path = f"{PATH}/..." if scope["path"].startswith(PATH) else scope["path"]
    return _WITH_ADDRESS.sub("...", path)
