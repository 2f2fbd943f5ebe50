"""An ASGI application, asked message by message, so that a test sees what a server would."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json import loads
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    chunks_taken: int = 0

    @property
    def json(self) -> Any:
        return loads(self.body)


def ask(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    headers: Mapping[str, str] | None = None,
    chunks: Iterable[bytes] = (b"",),
    goes_on: bool = False,
) -> Answer:
    """Send a request in chunks; one that `goes_on` never sends its last."""
    answer, waiting, ended = Answer(), list(chunks), asyncio.Event()

    async def receive() -> Message:
        if not waiting:
            await ended.wait()
        if answer.ended:
            return {"type": "http.disconnect"}
        answer.chunks_taken += 1
        return {"type": "http.request", "body": waiting.pop(0), "more_body": goes_on or bool(waiting)}

    async def send(message: Message) -> None:
        assert not answer.ended, "a message after the end"
        if message["type"] == "http.response.start":
            assert not answer.status, "two starts"
            answer.status = message["status"]
            answer.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")
            answer.ended = not message.get("more_body", False)
            if answer.ended:
                ended.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(b"host", b"test"), *((name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items())],
        "server": ("test", 80),
        "client": ("127.0.0.1", 1),
        "state": {},
    }

    async def asked() -> None:
        await app(scope, receive, send)

    asyncio.run(asked())
    return answer
