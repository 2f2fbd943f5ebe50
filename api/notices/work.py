"""What a worker knows of a run while it delivers: who is left, how often and when each was tried."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from api.delivery.backoff import next_attempt
from api.delivery.notice import Place
from domain.events import Position
from domain.notices.events import AudienceRecorded, DeliveriesRecorded, NotificationRunOpened, Recipient
from domain.notices.run import Run, Told, evolve
from domain.recorded import Recorded
from domain.subjects import SubjectKey


class Work:
    """A run on its way to its end. It is kept up with the run's stream by `take_in`."""

    def __init__(self, run: Position, key: SubjectKey) -> None:
        self.run = run
        self.key = key
        self.state = Run(run)
        self._audience: list[AudienceRecorded] = []
        self._tried: dict[int, datetime] = {}

    @property
    def opened(self) -> NotificationRunOpened:
        """What the run is about."""
        assert self.state.opened is not None  # noqa: S101  # work is made of a run that is there
        return self.state.opened

    def take_in(self, history: Sequence[Recorded]) -> None:
        """Take in what is new of the run's stream."""
        for entry in history[self.state.version :]:
            self.state = evolve(self.state, entry)
            event = entry.event
            if isinstance(event, AudienceRecorded):
                self._audience.append(event)
            elif isinstance(event, DeliveriesRecorded):
                for outcome in event.outcomes:
                    self._tried[outcome.recipient] = event.since + timedelta(milliseconds=outcome.milliseconds)

    def pending(self) -> Iterator[int]:
        """Go through the numbers of the recipients of whom nothing final is known, each looked at only when its turn comes."""
        return (number for number in range(1, self.state.recipients + 1) if self.state.told[number - 1] == Told.PENDING)

    def next_attempt(self, recipient: int) -> datetime | None:
        """Return from when a recipient may be tried; none where it was tried often enough."""
        attempts = self.state.attempts[recipient - 1]
        if not attempts:
            return self.opened.opened_at
        return next_attempt(attempts, self._tried[recipient], f"{self.run}.{recipient}")

    def attempts(self, recipient: int) -> int:
        """Return how many attempts are recorded."""
        return self.state.attempts[recipient - 1]

    def members(self, wanted: Sequence[int]) -> dict[int, tuple[Recipient, tuple[Place, ...]]]:
        """Return recipients by number, with why each is told."""
        found: dict[int, tuple[Recipient, tuple[Place, ...]]] = {}
        for number in wanted:
            chunk = self._audience[bisect_left(self._audience, number, key=lambda chunk: chunk.recipients_so_far)]
            recipient = chunk.recipients[number - chunk.recipients_so_far - 1]
            found[number] = recipient, _places(chunk, recipient)
        return found


def _places(chunk: AudienceRecorded, recipient: Recipient) -> tuple[Place, ...]:
    roles: dict[str, list[str]] = {}
    for subscription, role in recipient.reasons:
        held = roles.setdefault(chunk.subscriptions[subscription].id, [])
        if role >= 0:
            held.append(chunk.roles[role])
    return tuple(Place(subscription, tuple(held)) for subscription, held in roles.items())
