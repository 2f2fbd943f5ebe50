"""How long a request may wait for its answer, and how many may wait at a time.

What is late is told to its sender and goes on to its end, unseen: a write is never cut off half-way, and a question that runs in a
thread cannot be. It counts among those that wait until then, so that those who ask again and again do not heap up work. An answer that
has begun may take as long as it needs: streams and exports do.
"""

from asyncio import AbstractEventLoop, Task, get_running_loop

from fastapi_rfc9457 import Problem
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.logs import log
from api.http.middleware.refusing import refusal
from api.http.problems import RETRY_SECONDS, BodyTooSlow, OutcomeUnknown, ServiceBusy, TimeLimitReached

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class TimeLimit:
    """Tells those who wait too long, and refuses more than can be served. It lives on one event loop."""

    def __init__(self, app: ASGIApp, seconds: float, waiting_max: int) -> None:
        self.app = app
        self.seconds = seconds
        self.waiting: set[object] = set()
        """The requests that have no answer yet, and those whose answer comes too late."""
        self._waiting_max = waiting_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif len(self.waiting) >= self._waiting_max:
            busy = ServiceBusy(detail="Too many requests wait for their answers. Ask again.", retry_after=RETRY_SECONDS)
            await (await refusal(scope, busy))(scope, receive, send)
        else:
            await _Waiting(self, scope, receive, send).answer(get_running_loop())


class _Waiting:
    """One request that waits for its answer."""

    def __init__(self, limit: TimeLimit, scope: Scope, receive: Receive, send: Send) -> None:
        self._limit = limit
        self._scope = scope
        self._receive = receive
        self._send = send
        self._answered = False
        self._body_read = scope["method"] in _BODILESS
        self._late: Task[None] | None = None

    async def answer(self, loop: AbstractEventLoop) -> None:
        """Let the application answer, or tell that it is late."""
        self._limit.waiting.add(self)
        timer = loop.call_later(self._limit.seconds, self._is_late, loop)
        try:
            await self._limit.app(self._scope, self._taken, self._given)
        except Exception:
            if self._late is None:
                raise
            if self._body_read:  # else it misses the rest of it
                log.exception("failed", extra={"method": self._scope["method"]})
        finally:
            timer.cancel()
            self._limit.waiting.discard(self)
            if self._late is not None:
                await self._late

    async def _taken(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._body_read = True
        return message

    async def _given(self, message: Message) -> None:
        if self._late is None:
            if not self._answered:
                self._answered = True
                self._limit.waiting.discard(self)
            await self._send(message)

    def _is_late(self, loop: AbstractEventLoop) -> None:
        if not self._answered:
            self._late = loop.create_task(self._tell())

    async def _tell(self) -> None:
        response = await refusal(self._scope, self._problem())
        if not self._body_read:
            response.headers["Connection"] = "close"
        await response(self._scope, self._receive, self._send)

    def _problem(self) -> Problem:
        within = f"within {self._limit.seconds:g} seconds"
        if not self._body_read:
            return BodyTooSlow(detail=f"The body did not arrive {within}, and nothing was done. Send less at a time.")
        if any(name == b"idempotency-key" for name, _ in self._scope["headers"]):
            detail = f"There was no answer {within}, and it may still be carried out. Send it again under the same Idempotency-Key."
            return OutcomeUnknown(detail=detail, retry_after=RETRY_SECONDS)
        detail = f"There was no answer {within}. Ask for less at a time, or ask again later."
        return TimeLimitReached(detail=detail, retry_after=RETRY_SECONDS)
