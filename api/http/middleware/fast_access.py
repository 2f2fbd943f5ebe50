"""Access by status alone, for gateways that ask before every call: answered before the framework begins.

Only the plain question is answered here. Whatever is unusual about one, its errors included, goes the common way, which answers
the same; a test compares the two.
"""

from collections.abc import Awaitable
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from pydantic_core import to_json
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.service import Service
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.rules.access import Operation, allows
from domain.stages import Stage
from domain.subjects import Scope as Part
from domain.subjects import SubjectKey, parse_subject
from projections.stage_index import IndexStopped

_BEGIN, _END, _CHECK = "/v1/models/", "/access", b"check=true"
_LENGTH_MAX = 400
"""Longest subject and longest query, in characters, that are answered here: what was understood is kept for the next time."""

_KNOWN = frozenset({"operation", "check", "valid_at", "known_at"})
_NOTHING = {"type": "http.response.body", "body": b""}

Answer = tuple[bool, str]
"""Whether it is allowed, and what to say if it is not."""


class FastAccess:
    """Stands in front of the application."""

    def __init__(self, app: ASGIApp, service: Service, route: BaseRoute) -> None:
        """`route` is the one that it stands for: in the metrics the two are one."""
        self.app = app
        self.service = service
        self.route = route

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] == "GET" and _CHECK in scope["query_string"]:
            path: str = scope["path"]
            if path.startswith(_BEGIN) and path.endswith(_END):
                found = self._answer(path[len(_BEGIN) : -len(_END)], scope["query_string"])
                if found is not None:
                    scope["route"] = self.route
                    return _allow(send) if found[0] else _deny(path, found[1], send)
        return self.app(scope, receive, send)

    def _answer(self, subject: str, query: bytes) -> Answer | None:
        """Answer a plain question; none where it is not one, or there is no stage to tell."""
        if len(subject) > _LENGTH_MAX or len(query) > _LENGTH_MAX:
            return None
        try:
            key, scope = _subject(subject)
            asked = _question(query)
            if asked is None:
                return None
            operation, valid_at, known_at = asked
            return self._allows(key, scope, operation, valid_at, known_at)
        except (LedgerError, UnicodeDecodeError):
            return None

    def _allows(
        self, key: SubjectKey, scope: Part, operation: Operation, valid_at: datetime | None, known_at: datetime | None
    ) -> Answer | None:
        service = self.service
        service.look()
        if service.index.stopped:
            return None
        now = service.now()
        if known_at is not None and known_at > now:
            return None
        valid_at, known_at = valid_at or now, known_at or now
        try:
            stage = service.index.stage(key, scope, valid_at, known_at)
        except IndexStopped:
            return None
        if not isinstance(stage, Stage):
            return None
        policy = service.policy(key.catalog, valid_at, known_at, service.index.position) if stage is Stage.DEPRECATED else None
        return allows(stage, operation, policy), f"{key} is {stage.replace('_', ' ')}."


@lru_cache(maxsize=16_384)
def _subject(text: str) -> tuple[SubjectKey, Part]:
    return parse_subject(text)


@lru_cache(maxsize=4096)
def _question(query: bytes) -> tuple[Operation, datetime | None, datetime | None] | None:
    if b"+" in query:
        return None
    given = [part.partition("=")[::2] for part in query.decode("ascii").split("&")]
    values = dict(given)
    if len(values) != len(given) or not values.keys() <= _KNOWN or values.get("check") != "true":
        return None
    operation = values.get("operation")
    if operation not in tuple(Operation):
        return None
    return Operation(operation), _instant(values.get("valid_at")), _instant(values.get("known_at"))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(unquote(text, errors="strict"))


async def _allow(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send(_NOTHING)


async def _deny(path: str, detail: str, send: Send) -> None:
    problem = {"type": "/problems/access-denied", "title": "Access denied", "status": 403, "detail": detail, "instance": path}
    body = to_json(problem)
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
