"""A receiver of webhooks on loopback, in a thread: it keeps what it was sent, and answers as it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.api.notices.site import SECRET

HOST = "127.0.0.1"


@dataclass
class Hooks:
    """What was received, by path."""

    port: int = 0
    received: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)
    """Statuses to be answered with, by path; then 200."""

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}/{path}"

    def of(self, path: str) -> list[dict[str, Any]]:
        return self.received.get(path, [])


@contextmanager
def hooks_receiver() -> Iterator[Hooks]:
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path, body = self.path.strip("/"), self.rfile.read(int(self.headers["content-length"]))
            # Signed by the site's clock, which is set by hand: the library's own check would compare it with the machine's.
            at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
            assert self.headers["webhook-signature"] == Webhook(SECRET).sign(self.headers["webhook-id"], at, body.decode())
            event = json.loads(body)
            assert event["id"] == self.headers["webhook-id"]
            hooks.received.setdefault(path, []).append(event)
            waiting = hooks.answers.get(path)
            self.send_response(waiting.pop(0) if waiting else 200)
            self.send_header("x-request-id", f"{path}-{len(hooks.received[path])}")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        hooks.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hooks
        finally:
            server.shutdown()
            thread.join()
