"""What the audit has to say, by a plain reckoning over the entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.dates import AnyDate, FirmDate
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    NotificationRunClosed,
    NotificationRunOpened,
    Reason,
    RecipientAcknowledged,
    Result,
)
from domain.recorded import Recorded

FAILING = {Result.PERMANENT, Result.SUPPRESSED, Result.GIVEN_UP, Result.BOUNCED}


@dataclass
class Attempt:
    result: Result
    at: datetime
    channel: str
    code: str | None
    reference: str | None
    by: str | None


@dataclass
class Person:
    """A member of a run."""

    run: NotificationRunOpened
    number: int
    id: str
    address: int
    exclusion: str | None
    reasons: list[tuple[str, str]]
    attempts: list[Attempt] = field(default_factory=list)
    acknowledged_at: datetime | None = None

    @property
    def accepted(self) -> Attempt | None:
        """The first acceptance after the last bounce."""
        results = [attempt.result for attempt in self.attempts]
        last_bounce = len(results) - 1 - results[::-1].index(Result.BOUNCED) if Result.BOUNCED in results else -1
        return next((attempt for attempt in self.attempts[last_bounce + 1 :] if attempt.result is Result.ACCEPTED), None)

    @property
    def state(self) -> str:
        if self.exclusion:
            return "excluded"
        if self.accepted:
            return "accepted"
        return "failed" if any(attempt.result in FAILING for attempt in self.attempts) else "pending"

    @property
    def decisive(self) -> Attempt | None:
        """The attempt from which the state stands: the last one, of those who are pending."""
        results = [attempt.result for attempt in self.attempts]
        if self.accepted or self.state == "pending":
            return self.accepted or (self.attempts[-1] if self.attempts else None)
        if Result.ACCEPTED not in results:
            return next((attempt for attempt in self.attempts if attempt.result in FAILING), None)
        last_accepted = len(results) - 1 - results[::-1].index(Result.ACCEPTED)
        return next(attempt for attempt in self.attempts[last_accepted:] if attempt.result is Result.BOUNCED)

    def lead(self, stage: str) -> int | None:
        on = firm_day(getattr(self.run.after, stage))
        return (on - self.accepted.at.date()).days if on and self.accepted else None

    @property
    def late(self) -> tuple[str, ...]:
        if not self.accepted:
            return ("never",)
        due = {"deprecated": self.run.legacy_days_min, "retired": self.run.deprecated_days_min}
        leads = {stage: self.lead(stage) for stage in due}
        return tuple(stage for stage, days in due.items() if (lead := leads[stage]) is not None and lead < days)

    def told_before(self, stage: str, days: int) -> bool:
        lead = self.lead(stage)
        return lead is not None and lead >= days


@dataclass
class Reckoned:
    """A run."""

    opened: NotificationRunOpened
    people: list[Person] = field(default_factory=list)
    complete: bool = False
    closed_at: datetime | None = None

    def recipient(self, number: int) -> Person:
        return next(person for person in self.people if person.number == number)

    def states(self, people: Sequence[Person] | None = None) -> dict[str, int]:
        states = [person.state for person in (self.people if people is None else people)]
        return {state: states.count(state) for state in ("accepted", "failed", "pending", "excluded")}


def firm_day(stated: AnyDate | None) -> date | None:
    return stated.at.date() if isinstance(stated, FirmDate) else None


def reckoned(entries: Sequence[Recorded], position: int) -> dict[int, Reckoned]:
    """The runs as of a position."""
    runs: dict[int, Reckoned] = {}
    for entry in entries[:position]:
        event = entry.event
        match event:
            case NotificationRunOpened():
                runs[event.run] = Reckoned(event)
            case AudienceRecorded():
                runs[event.run].people += _people(runs[event.run], event)
                runs[event.run].complete = event.complete
            case DeliveriesRecorded():
                for number, result, milliseconds, code, reference in event.outcomes:
                    at = event.since + timedelta(milliseconds=milliseconds)
                    attempt = Attempt(result, at, event.channel, code, reference, event.reported_by)
                    runs[event.run].recipient(number).attempts.append(attempt)
            case RecipientAcknowledged():
                runs[event.run].recipient(event.recipient).acknowledged_at = event.acknowledged_at
            case NotificationRunClosed():
                runs[event.run].closed_at = event.closed_at
            case _:
                raise AssertionError(event)
    return runs


def _people(run: Reckoned, event: AudienceRecorded) -> Iterator[Person]:
    before = [person.exclusion is None for person in run.people]
    numbers = {True: before.count(True), False: -before.count(False)}
    for who, address, reasons in event.recipients:
        numbers[True] += 1
        yield Person(run.opened, numbers[True], who, address, None, _named(event, reasons))
    for who, exclusion, reasons in event.excluded:
        numbers[False] -= 1
        yield Person(run.opened, numbers[False], who, 0, exclusion.value, _named(event, reasons))


def _named(event: AudienceRecorded, reasons: Sequence[Reason]) -> list[tuple[str, str]]:
    return [(event.subscriptions[place].id, event.roles[role] if role >= 0 else "") for place, role in reasons]
