"""Commands about notification runs. Runs are opened by what is announced, not by a command of their own."""

from dataclasses import dataclass

from domain.command import Command
from domain.events import Position
from domain.instants import Instant
from domain.notices.events import Excluded, Outcome, Recipient, SubscriptionCount
from domain.subjects import KeyField


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAudience(Command):
    """The next chunk of a run's audience is known."""

    key: KeyField
    run: Position
    chunk: int
    """Its number, from 1: chunks are recorded once each, in order."""
    complete: bool
    excluded: tuple[Excluded, ...]
    recipients: tuple[Recipient, ...]
    roles: tuple[str, ...]
    subscriptions: tuple[SubscriptionCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeliveries(Command):
    """Attempts to tell recipients had outcomes."""

    key: KeyField
    run: Position
    channel: str
    outcomes: tuple[Outcome, ...]
    reported_by: str | None = None
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    """A recipient says that the notice was read."""

    key: KeyField
    run: Position
    recipient: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRun(Command):
    """Everybody is accounted for."""

    key: KeyField
    run: Position


NoticeCommand = RecordAudience | RecordDeliveries | Acknowledge | CloseRun
