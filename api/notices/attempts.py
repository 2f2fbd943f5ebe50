"""Attempts to tell recipients, on their way into the ledger: those of one channel share an entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from api.delivery.outcome import Sent
from domain.events import Position
from domain.notices.commands import RecordDeliveries
from domain.notices.events import Outcome, Result
from domain.subjects import SubjectKey


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt."""

    recipient: int
    result: Result
    at: datetime
    channel: str
    code: str | None = None
    reference: str | None = None

    @classmethod
    def of(cls, sent: Sent, not_before: datetime) -> "Attempt":
        """Take what a channel says; a clock that stepped back makes nothing older than what is recorded."""
        return cls(sent.outgoing.recipient, sent.result, max(sent.at, not_before), sent.channel, sent.code, sent.reference)


def commands(key: SubjectKey, run: Position, attempts: Iterable[Attempt], reported_by: str | None = None) -> Sequence[RecordDeliveries]:
    """Return the commands that record attempts, one for each channel, each in the order of time."""
    by_channel = groupby(sorted(attempts, key=lambda attempt: (attempt.channel, attempt.at)), key=lambda attempt: attempt.channel)
    return [_command(key, run, channel, list(group), reported_by) for channel, group in by_channel]


def _command(key: SubjectKey, run: Position, channel: str, attempts: Sequence[Attempt], reported_by: str | None) -> RecordDeliveries:
    since = attempts[0].at
    outcomes = tuple(
        Outcome(attempt.recipient, attempt.result, (attempt.at - since) // timedelta(milliseconds=1), attempt.code, attempt.reference)
        for attempt in attempts
    )
    return RecordDeliveries(key=key, run=run, channel=channel, outcomes=outcomes, reported_by=reported_by, since=since)
