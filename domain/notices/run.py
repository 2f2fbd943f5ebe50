"""A notification run as its history has made it: who is expected, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import reduce
from typing import assert_never, cast

from domain.events import Position
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    NoticeEvent,
    NotificationRunClosed,
    NotificationRunOpened,
    Outcome,
    RecipientAcknowledged,
    Result,
)
from domain.recorded import Recorded


class Told(IntEnum):
    """Whether a recipient counts as told."""

    PENDING = 0
    ACCEPTED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Run:
    """A run. Recipients are numbered from 1; the byte before their number holds what is known of them."""

    run: Position
    version: int = 0
    opened: NotificationRunOpened | None = None
    chunks: int = 0
    digest: str = ""
    complete: bool = False
    excluded: int = 0
    told: bytes = b""
    """A `Told` for each recipient."""
    attempts: bytes = b""
    """Attempts for each recipient, up to 255."""
    acknowledged: frozenset[int] = frozenset()
    closed: NotificationRunClosed | None = None

    @property
    def recipients(self) -> int:
        """How many recipients there are so far."""
        return len(self.told)

    @property
    def expected(self) -> int:
        """How many have to be told: recipients, and those who are excluded."""
        return len(self.told) + self.excluded

    @property
    def accepted(self) -> int:
        """How many count as told."""
        return self.told.count(Told.ACCEPTED)

    @property
    def failed(self) -> int:
        """How many cannot be told after all."""
        return self.told.count(Told.FAILED)

    def pending(self) -> Sequence[int]:
        """Return the numbers of those of whom nothing final is known."""
        return [number for number, told in enumerate(self.told, start=1) if told == Told.PENDING]


_FINAL = {
    Result.ACCEPTED: Told.ACCEPTED,
    Result.PERMANENT: Told.FAILED,
    Result.SUPPRESSED: Told.FAILED,
    Result.GIVEN_UP: Told.FAILED,
    Result.BOUNCED: Told.FAILED,
}
_ATTEMPT_MAX = 255


def told_after(before: int, result: Result) -> int:
    """Return what is known of a recipient after an outcome. Who was told stays told, unless it bounces."""
    if before == Told.ACCEPTED and result is not Result.BOUNCED:
        return before
    return _FINAL.get(result, before)


def with_outcomes(run: Run, outcomes: Sequence[Outcome]) -> Run:
    """Take in outcomes."""
    told, attempts = bytearray(run.told), bytearray(run.attempts)
    for recipient, result, *_ in outcomes:
        place = recipient - 1
        told[place] = told_after(told[place], result)
        if result is not Result.BOUNCED and attempts[place] < _ATTEMPT_MAX:
            attempts[place] += 1
    return replace(run, told=bytes(told), attempts=bytes(attempts))


def evolve(run: Run, entry: Recorded) -> Run:
    """Take in what one event means to it. It has happened, so nothing is refused here."""
    event = cast("NoticeEvent", entry.event)
    now = replace(run, version=entry.version)
    match event:
        case NotificationRunOpened():
            return replace(now, opened=event)
        case AudienceRecorded():
            new = bytes(len(event.recipients))
            return replace(
                now,
                chunks=event.chunk,
                digest=event.digest,
                complete=event.complete,
                excluded=event.excluded_so_far,
                told=now.told + new,
                attempts=now.attempts + new,
            )
        case DeliveriesRecorded():
            return with_outcomes(now, event.outcomes)
        case RecipientAcknowledged():
            return replace(now, acknowledged=now.acknowledged | {event.recipient})
        case NotificationRunClosed():
            return replace(now, closed=event)
        case _:
            assert_never(event)


def fold(run: Position, history: Sequence[Recorded]) -> Run:
    """Make the run from its history."""
    return reduce(evolve, history, Run(run))
