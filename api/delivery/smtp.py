"""E-mail by SMTP: a few connections, kept open, each sending one message after the other."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException

from api.delivery.mail import mail
from api.delivery.notice import Address, Outgoing
from api.delivery.outcome import Sent, scrubbed
from api.delivery.pace import Pace
from api.delivery.rendering import rendered
from api.delivery.replies import code_of
from api.delivery.together import together
from api.delivery.transaction import handed_over
from domain.clock import Clock, system_clock
from domain.notices.events import Result
from domain.people.addresses import usable_address

NAME = "smtp"

FAILURES_MAX = 3
"""Connections that fail one after the other, while none stands, before the rest of a batch is left for later."""


class Security(StrEnum):
    """How the way to the server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes out."""

    host: str
    port: int
    sender: Address
    security: Security = Security.STARTTLS
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    connections: int = 4
    rate: float | None = None
    """Messages a second, at the most."""
    timeout: float = 60.0
    """Seconds to wait for an answer: of what was not answered in time it is recorded that it may have arrived, and it is sent again."""
    local_hostname: str | None = None
    """As whom the server is greeted; none: the machine's own name."""


class _Unreachable(Exception):
    """The server cannot be talked to now."""

    def __init__(self, code: str, detail: str, *, final: bool = False) -> None:
        """`final`: asking again would hear the same."""
        super().__init__(detail)
        self.code = code
        self.final = final


@dataclass
class _Sending:
    """A batch on its way, by a few connections."""

    waiting: list[Outgoing]
    done: Callable[[Sent], None]
    connected: int = 0
    failed: list[_Unreachable] = field(default_factory=list)
    """Connections that failed since one was made."""

    @property
    def hopeless(self) -> bool:
        """Whether the rest is left for later."""
        return len(self.failed) >= FAILURES_MAX or any(error.final for error in self.failed)


class SmtpChannel:
    """Sends notices by e-mail, each to one recipient, so that each has an answer of its own."""

    name = NAME

    def __init__(self, settings: SmtpSettings, clock: Clock = system_clock) -> None:
        self._settings = settings
        self._clock = clock
        self._pace = Pace(settings.rate)
        self._idle: list[SMTP] = []
        self._connecting = asyncio.Lock()
        self._tls = _tls(settings)

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Send a batch, and tell of each as soon as the server has answered."""
        sending = _Sending(list(reversed(batch)), done)
        await together(self._work(sending) for _ in range(min(self._settings.connections, len(batch))))
        reason = sending.failed[-1] if sending.failed else _Unreachable("unreachable", "the server could not be reached")
        for left in sending.waiting:
            done(Sent(left, Result.TRANSIENT, self._clock(), NAME, reason.code, detail=str(reason)))

    async def close(self) -> None:
        """Let go of the connections."""
        while self._idle:
            with suppress(SMTPException, OSError):
                await self._idle.pop().quit()

    async def _work(self, sending: _Sending) -> None:
        while sending.waiting and not sending.hopeless:
            client = await self._connected(sending)
            if client is None:
                if sending.connected:  # It takes no more connections: those that it took go on.
                    return
                continue
            try:
                await self._send_by(client, sending)
            except BaseException:
                client.close()  # In the middle of a message, whose outcome nobody waits for any more.
                raise
            finally:
                sending.connected -= 1

    async def _connected(self, sending: _Sending) -> SMTP | None:
        async with self._connecting:  # One after the other, so that a server that is down is asked a few times, not by all at once.
            if sending.hopeless:
                return None
            try:
                client = await self._client()
            except _Unreachable as error:
                if not sending.connected:
                    sending.failed.append(error)
                return None
            sending.connected += 1
            sending.failed.clear()
            return client

    async def _send_by(self, client: SMTP, sending: _Sending) -> None:
        """Send what waits, as long as the connection lasts; then keep it for the next batch."""
        while sending.waiting:
            await self._pace.wait()
            if not sending.waiting:
                break
            sent, usable = await self._send(client, sending.waiting.pop())
            sending.done(sent)
            if not usable:
                client.close()
                return
        self._idle.append(client)

    async def _send(self, client: SMTP, outgoing: Outgoing) -> tuple[Sent, bool]:
        """Send one message, and tell whether the connection can be used again."""
        to, sender = outgoing.to, self._settings.sender
        if not isinstance(to, Address):
            return Sent(outgoing, Result.PERMANENT, self._clock(), NAME, "no_address"), True
        if not usable_address(to.address):
            return Sent(outgoing, Result.PERMANENT, self._clock(), NAME, "address_invalid"), True
        data = mail(outgoing, to, rendered(outgoing), sender, self._clock())
        answer = await handed_over(client, sender.address, to.address, data)
        sent = Sent(outgoing, answer.result, self._clock(), NAME, answer.code, answer.reference, answer.detail)
        return sent, answer.usable

    async def _client(self) -> SMTP:
        while self._idle:
            client = self._idle.pop()
            try:
                await client.noop()
            except (SMTPException, OSError):
                client.close()
            except asyncio.CancelledError:
                client.close()
                raise
            else:
                return client
        return await self._new_client()

    async def _new_client(self) -> SMTP:
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=self._tls,
            timeout=settings.timeout,
            username=settings.username,
            password=settings.password,
            local_hostname=settings.local_hostname,
        )
        try:
            await client.connect()
        except SMTPAuthenticationError as error:
            raise _Unreachable(code_of(error.code, error.message), "the server refused the name or the password", final=True) from error
        except SMTPResponseException as error:
            raise _Unreachable(code_of(error.code, error.message), scrubbed(error.message)) from error
        except (SMTPException, OSError) as error:
            raise _Unreachable("unreachable", scrubbed(str(error))) from error
        return client


def _tls(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.security is Security.NONE:
        return None
    context = ssl.create_default_context()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    return context
