"""A receiver of webhooks on loopback, in a thread, that does what a test tells it, and keeps what it received."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import trustme

HOST = "127.0.0.1"
END_SECONDS = 10


@dataclass(frozen=True)
class Request:
    """What was received."""

    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered: a status with headers and a body; `cut` ends the connection without an answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    endless: bool = False
    """The body never ends, as far as it is read."""
    cut: bool = False
    late: bool = False
    """It is given when the receiver ends, and not before."""


@dataclass
class Receiver:
    """What came in, and how it is answered."""

    port: int = 0
    ca_file: Path | None = None
    received: list[Request] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """Answers, each given once; then `always`."""
    always: Reply = field(default_factory=Reply)
    server_names: list[str | None] = field(default_factory=list)
    """The names that were asked for in TLS."""
    ended: Event = field(default_factory=Event)

    def url(self, path: str = "/hook", host: str = HOST) -> str:
        return f"{'https' if self.ca_file else 'http'}://{host}:{self.port}{path}"

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else self.always


@contextmanager
def webhook_receiver(*, tls_name: str | None = None) -> Iterator[Receiver]:
    """Run one; with a name it talks TLS, by a certificate for that name, for which `Receiver.ca_file` vouches."""
    receiver = Receiver()
    with TemporaryDirectory() as folder, ThreadingHTTPServer((HOST, 0), _handler(receiver)) as server:
        if tls_name:
            receiver.ca_file = Path(folder) / "ca.pem"
            server.socket = _context(receiver, receiver.ca_file, tls_name).wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
            thread.join(END_SECONDS)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.received.append(Request(self.path, self.headers, body))
            _answer(self, receiver.next_reply(), receiver.ended)

        def do_GET(self) -> None:
            receiver.received.append(Request(self.path, self.headers, b""))
            _answer(self, Reply(), receiver.ended)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _answer(handler: BaseHTTPRequestHandler, reply: Reply, ended: Event) -> None:
    if reply.late:
        ended.wait(END_SECONDS)
    if reply.cut or reply.late:
        handler.close_connection = True
        return
    handler.send_response(reply.status)
    for name, value in reply.headers:
        handler.send_header(name, value)
    if not reply.endless:
        handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    try:
        handler.wfile.write(reply.body)
        while reply.endless and not ended.is_set():
            handler.wfile.write(b"x" * 65_536)
    except OSError:  # Whoever asked has read enough.
        handler.close_connection = True


def _context(receiver: Receiver, ca_file: Path, name: str) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)

    def asked(_: Any, server_name: str | None, __: Any) -> None:
        receiver.server_names.append(server_name)

    context.sni_callback = asked
    return context
