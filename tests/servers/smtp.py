"""A mail server on loopback, that does what a test tells it, and keeps what it received."""

# ruff: noqa: ARG001, ARG002, N802 - names and parameters are the library's.
import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """What a server received, and how it answers."""

    host: str = HOST
    port: int = 0
    ca_file: Path | None = None
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and message, in the order in which they were accepted."""
    queue_ids: dict[str, list[str]] = field(default_factory=dict)
    """What each recipient's messages were queued as."""
    answers: dict[str, list[str]] = field(default_factory=dict)
    """Answers to RCPT, by recipient; each is given once, and then `250`."""
    always: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT that stay."""
    judged: dict[str, list[str]] = field(default_factory=dict)
    """Answers to the content, by recipient; each is given once, and then it is accepted."""
    drops: list[str] = field(default_factory=list)
    """Recipients whose connection is dropped once after DATA."""
    drops_early: list[str] = field(default_factory=list)
    """Recipients whose connection is dropped once at RCPT."""
    sender_answer: str | None = None
    """What is answered to MAIL, instead of taking it."""
    delay: float = 0.0
    """Seconds that each message takes."""
    logins: list[str] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    """Those that said who they are."""
    contents: list[bytes] = field(default_factory=list)
    """The messages as they came over the wire, without the dots that the protocol adds."""

    def of(self, recipient: str) -> list[EmailMessage]:
        return [message for address, message in self.received if address == recipient]

    @property
    def recipients(self) -> list[str]:
        return [address for address, _ in self.received]


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        self.mailbox.connections.add(session.peer)
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.mailbox.sender_answer:
            return self.mailbox.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.mailbox.drops_early:
            self.mailbox.drops_early.remove(address)
            _drop(server)
        waiting = self.mailbox.answers.get(address)
        answer = waiting.pop(0) if waiting else self.mailbox.always.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mailbox.delay:
            await asyncio.sleep(self.mailbox.delay)
        (recipient,) = envelope.rcpt_tos
        if recipient in self.mailbox.drops:
            self.mailbox.drops.remove(recipient)
            _drop(server)
            return "421 gone"
        if self.mailbox.judged.get(recipient):
            return self.mailbox.judged[recipient].pop(0)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message: Message[Any, Any] = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mailbox.received.append((recipient, message))
        self.mailbox.contents.append(content)
        queued = f"Q{len(self.mailbox.received):06X}"
        self.mailbox.queue_ids.setdefault(recipient, []).append(queued)
        return f"250 2.0.0 Ok: queued as {queued}"


def _drop(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@contextmanager
def mail_server(
    *, tls: str = "none", users: Mapping[str, str] | None = None, port: int = 0, name: str = "localhost", unicode: bool = True
) -> Iterator[Mailbox]:
    """Run one; `tls` is none, starttls or tls, with a certificate that `Mailbox.ca_file` vouches for."""
    mailbox = Mailbox()
    with TemporaryDirectory() as folder:
        context = _certificate(Path(folder), name) if tls != "none" else None
        if context:
            mailbox.ca_file = Path(folder) / "ca.pem"
        controller = _controller(mailbox, tls, context, users, port, unicode=unicode)
        controller.start()
        try:
            mailbox.port = controller.port
            mailbox.host = name if context else HOST
            yield mailbox
        finally:
            controller.stop()


def free_port() -> int:
    """Return a port that nobody listened on just now."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _controller(
    mailbox: Mailbox, tls: str, context: ssl.SSLContext | None, users: Mapping[str, str] | None, port: int, *, unicode: bool
) -> Controller:
    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login, password = data.login.decode(), data.password.decode()
        mailbox.logins.append(login)
        return AuthResult(success=users is not None and users.get(login) == password, handled=False)

    options: dict[str, Any] = {"hostname": HOST, "port": port or free_port(), "ready_timeout": 20}
    if users is not None:
        # To the library only STARTTLS is TLS; without it, it warns of asking for a password.
        options |= {"authenticator": authenticate, "auth_required": tls == "starttls", "auth_require_tls": tls == "starttls"}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if tls == "tls":
        options |= {"ssl_context": context}
    return Controller(_Handler(mailbox), enable_SMTPUTF8=unicode, **options)


def _certificate(folder: Path, name: str) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context
