"""Decisions about a notification run. Pure; each returns an event, or refuses."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain

from pydantic import TypeAdapter

from domain.notices import refusals
from domain.notices.commands import Acknowledge, RecordAudience, RecordDeliveries
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    Excluded,
    NotificationRunClosed,
    Reason,
    Recipient,
    RecipientAcknowledged,
    Result,
    SubscriptionCount,
)
from domain.notices.run import Run, with_outcomes

CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clock of whoever says when something was delivered may differ from the ledger's."""

_Content = tuple[tuple[Recipient, ...], tuple[Excluded, ...], tuple[str, ...], tuple[SubscriptionCount, ...]]
_CONTENT = TypeAdapter(_Content)


def record_audience(run: Run, command: RecordAudience) -> AudienceRecorded:
    """An audience is recorded chunk by chunk, each once."""
    _refuse_unknown(run)
    if run.complete or command.chunk != run.chunks + 1:
        raise refusals.AudienceOvertaken(run.run, command.chunk, None if run.complete else run.chunks + 1)
    members = (*(recipient.reasons for recipient in command.recipients), *(excluded.reasons for excluded in command.excluded))
    return AudienceRecorded(
        chunk=command.chunk,
        complete=command.complete,
        counts=_counted(chain.from_iterable(members), command.roles),
        digest=chunk_digest(run.digest, command.recipients, command.excluded, command.roles, command.subscriptions),
        excluded=command.excluded,
        excluded_so_far=run.excluded + len(command.excluded),
        recipients=command.recipients,
        recipients_so_far=run.recipients + len(command.recipients),
        roles=command.roles,
        run=run.run,
        subscriptions=command.subscriptions,
    )


def chunk_digest(
    before: str,
    recipients: tuple[Recipient, ...],
    excluded: tuple[Excluded, ...],
    roles: tuple[str, ...],
    subscriptions: tuple[SubscriptionCount, ...],
) -> str:
    """Return the SHA-256, in hex, over the digest before and the chunk: `[recipients, excluded, roles, subscriptions]` as JSON."""
    return sha256(before.encode() + _CONTENT.dump_json((recipients, excluded, roles, subscriptions))).hexdigest()


def _counted(reasons: Iterable[Reason], roles: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(reason.role for reason in reasons if reason.role >= 0)
    return {roles[role]: counts[role] for role in sorted(counts, key=roles.__getitem__)}


def record_deliveries(run: Run, command: RecordDeliveries, now: datetime) -> DeliveriesRecorded:
    """Outcomes are recorded as they come; once the run is closed, only bounces."""
    _refuse_unknown(run)
    if not run.complete:
        raise refusals.AudienceOpen(run.run)
    if not command.outcomes:
        raise refusals.NothingReported(run.run)
    for outcome in command.outcomes:
        _refuse_unknown_recipient(run, outcome.recipient)
        if run.closed and outcome.result is not Result.BOUNCED:
            raise refusals.RunClosed(run.run)
    _refuse_no_time(run, command, now)
    after = with_outcomes(run, command.outcomes)
    return DeliveriesRecorded(
        accepted=after.accepted,
        channel=command.channel,
        failed=after.failed,
        outcomes=command.outcomes,
        reported_by=command.reported_by,
        run=run.run,
        since=command.since,
    )


def _refuse_no_time(run: Run, command: RecordDeliveries, now: datetime) -> None:
    """Lead times are counted from acceptance: nothing is accepted ahead of now. A provider may have mailed before the ledger was told."""
    earliest = run.opened.opened_at if run.opened and command.reported_by is None else None
    for outcome in command.outcomes:
        at = command.since + timedelta(milliseconds=outcome.milliseconds)
        if at > now + CLOCKS_DIFFER or (earliest and at < earliest - CLOCKS_DIFFER):
            raise refusals.DeliveryAtNoTime(run.run, at, earliest, now)


def acknowledge(run: Run, command: Acknowledge, now: datetime) -> RecipientAcknowledged | None:
    """A notice is acknowledged once. None where it was before."""
    _refuse_unknown(run)
    _refuse_unknown_recipient(run, command.recipient)
    if command.recipient in run.acknowledged:
        return None
    return RecipientAcknowledged(acknowledged_at=now, recipient=command.recipient, run=run.run)


def close_run(run: Run, now: datetime) -> NotificationRunClosed | None:
    """A run closes when expected = accepted + failed + excluded. None where it is closed."""
    _refuse_unknown(run)
    if run.closed:
        return None
    if not run.complete:
        raise refusals.AudienceOpen(run.run)
    if run.expected != run.accepted + run.failed + run.excluded:
        raise refusals.RunIncomplete(run.run, run.expected, run.accepted, run.failed, run.excluded)
    return NotificationRunClosed(
        accepted=run.accepted,
        closed_at=now,
        digest=run.digest,
        excluded=run.excluded,
        expected=run.expected,
        failed=run.failed,
        run=run.run,
    )


def _refuse_unknown(run: Run) -> None:
    if run.opened is None:
        raise refusals.NoSuchRun(run.run)


def _refuse_unknown_recipient(run: Run, recipient: int) -> None:
    if not 1 <= recipient <= run.recipients:
        raise refusals.NoSuchRecipient(run.run, recipient, run.recipients)
