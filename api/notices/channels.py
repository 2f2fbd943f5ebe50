"""The channels of a ledger: one for people, as it is set, and the webhooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from api.delivery import webhook
from api.delivery.apprise_channel import AppriseChannel
from api.delivery.console import ConsoleChannel
from api.delivery.files import FileChannel
from api.delivery.notice import Address, Outgoing
from api.delivery.outcome import Sent
from api.delivery.private_addresses import Allowed
from api.delivery.smtp import SmtpChannel, SmtpSettings
from api.delivery.webhook import WebhookChannel
from api.notices.settings import NoticeSettings, PersonChannel
from domain.clock import Clock
from domain.errors import LedgerError

SOURCE = "/v1/notices"
"""The CloudEvents source where no public address is set."""


class Channel(Protocol):
    """A way to send. Each outgoing notice gets one outcome; no failure of a recipient or a server is raised."""

    @property
    def name(self) -> str:
        """Under which its outcomes are recorded."""

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Send a batch, and tell of each outcome as soon as it is known."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(eq=False)
class ChannelNotSet(LedgerError):
    """A channel without what it needs."""

    variable: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The channel that is chosen needs {self.variable}. Set it, or choose another one by LIFECYCLE_NOTICE_CHANNEL."


@dataclass(frozen=True)
class Channels:
    """By what people and webhooks are told."""

    people: Channel | None
    """None where others send, and report."""
    webhooks: Channel

    @property
    def deliver(self) -> bool:
        """Whether anything is sent from here."""
        return self.people is not None

    @property
    def person_channel(self) -> str:
        """The name of the channel for people."""
        return self.people.name if self.people else PersonChannel.NONE

    def named(self, name: str) -> Channel:
        """Return a channel by its name."""
        return self.webhooks if name == webhook.NAME or self.people is None else self.people

    async def close(self) -> None:
        """Let go of all connections."""
        for channel in (self.people, self.webhooks):
            if channel:
                await channel.close()


def channels_of(settings: NoticeSettings, folder: Path, say: Callable[[str], None], clock: Clock) -> Channels:
    """Make the channels that are set; `folder` is where files go unless told otherwise. Call it on the event loop that will use them.

    Outcomes are dated by `clock`, which must be the ledger's: by it the next attempt comes due.

    Raises:
        ChannelNotSet: the chosen one lacks something.
        AppriseMissing: its library is not installed.
    """
    allowed = Allowed(settings.webhook_allow, http=settings.webhook_allow_http)
    source = f"{settings.public_url.rstrip('/')}{SOURCE}" if settings.public_url else SOURCE
    return Channels(_people(settings, folder, say, clock), WebhookChannel(allowed, source, clock))


def _people(settings: NoticeSettings, folder: Path, say: Callable[[str], None], clock: Clock) -> Channel | None:
    sender = Address(settings.smtp_sender_name, settings.smtp_sender)
    match settings.notice_channel:
        case PersonChannel.FILE:
            return FileChannel(settings.notice_folder or folder, sender, clock)
        case PersonChannel.CONSOLE:
            return ConsoleChannel(say, clock)
        case PersonChannel.SMTP:
            return SmtpChannel(_smtp(settings, sender), clock)
        case PersonChannel.APPRISE:
            if settings.apprise_url is None:
                raise ChannelNotSet("LIFECYCLE_APPRISE_URL")
            return AppriseChannel(settings.apprise_url.get_secret_value(), clock)
        case PersonChannel.NONE:
            return None


def _smtp(settings: NoticeSettings, sender: Address) -> SmtpSettings:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    if settings.smtp_password_file:
        password = settings.smtp_password_file.read_text().strip()
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=sender,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password,
        ca_file=settings.smtp_ca_file,
        connections=settings.smtp_connections,
        rate=settings.smtp_rate,
        timeout=settings.smtp_timeout,
    )
