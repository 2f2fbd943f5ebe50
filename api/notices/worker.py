"""The worker: it records who has to be told, tells them, records what came of it, and closes runs that are complete.

What is sent is noted before, and its outcome after, until a batch of them is recorded. So whoever goes on after a kill sends again at the
most what servers were about to answer, one notice a connection; of each whose outcome is not noted it is recorded that it may have arrived.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from api.delivery.outcome import Sent
from api.notices.attempts import Attempt, commands
from api.notices.audience import record_audience
from api.notices.channels import Channels
from api.notices.dispatch import Dispatch, Ready
from api.notices.following import follow
from api.notices.outbox import Outbox, Taken
from api.notices.work import Work
from domain.events import Position
from domain.ledger import Ledger
from domain.notices.commands import CloseRun
from domain.notices.events import Result
from domain.people.registry import People
from domain.streams import notice_stream, run_of
from domain.subjects import SubjectKey
from projections.notices.runs import open_runs
from projections.tables.views import Views

BATCH = 200
"""Recipients that are in the worker's hands at once; their outcomes share an entry: the most that a loss of power makes be told twice."""


REST_SECONDS = 60.0
"""How long the rest is left alone after a whole batch was put off: its server is away, or has enough."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    run: Position
    key: SubjectKey
    done: int
    """Recipients of whom something final is known."""
    of: int


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at all open runs left."""

    attempts: int
    closed: tuple[Position, ...]
    next_at: datetime | None
    """When somebody may be tried again; none where nobody is left to be tried."""


@dataclass
class Worker:
    """Delivers the notices of one ledger, while it holds its outbox."""

    ledger: Ledger
    views: Views
    people: People
    channels: Channels
    dispatch: Dispatch
    outbox: Outbox
    progress: Callable[[Progress], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    _works: dict[Position, Work] = field(default_factory=dict, init=False)
    _not_before: dict[tuple[Position, int], datetime] = field(default_factory=dict, init=False)
    """When a server asked to be tried again, where that is later than we would."""
    _resting_until: datetime = field(default=_LONG_AGO, init=False)

    async def round(self) -> Round:
        """Go once through all open runs.

        Raises:
            NoticesStopped: who has to be told, or was told, is known only in part.
            LedgerError: the ledger, or a file beside it, cannot be read or written.
        """
        await asyncio.to_thread(follow, self.ledger, self.views)
        with self.views.reading() as connection:
            runs = [run_of(found.stream) for found in open_runs(connection)]
        self._works = {run: self._works.get(run) or Work(run, key) for key, run in runs}
        attempts, closed, waiting = 0, [], []
        for work in self._works.values():
            if self.stopping():
                break
            attempts += await self._deliver(work)
            if await self._close(work):
                closed.append(work.run)
            elif self.channels.deliver:
                waiting += [self._due(work, recipient) for recipient in work.pending()]
        return Round(attempts, tuple(closed), min(waiting, default=None))

    async def _deliver(self, work: Work) -> int:
        """Try everybody who may be tried now."""
        self._take_in(work)
        if not work.state.complete:
            await asyncio.to_thread(record_audience, self.ledger, self.views, self.people, work.key, work.run)
            self._take_in(work)
        await self._take_over(work)
        if not self.channels.deliver:
            return 0
        attempts, now = 0, self.ledger.now()
        due = (recipient for recipient in work.pending() if self._due(work, recipient) <= now)
        while not self.stopping() and now >= self._resting_until:
            self._take_in(work)  # Others may have reported somebody meanwhile.
            batch = list(islice(due, BATCH))
            if not batch:
                break
            found = await self._send(work, batch)
            attempts += len(batch)
            if len(found) == BATCH and all(attempt.result is Result.TRANSIENT for attempt in found):
                self._resting_until = self.ledger.now() + timedelta(seconds=REST_SECONDS)
            self.progress(Progress(work.run, work.key, work.state.accepted + work.state.failed, work.state.recipients))
        return attempts

    async def _send(self, work: Work, batch: Sequence[int]) -> Sequence[Attempt]:
        """Try a batch. What a channel did not tell of stays in the outbox."""
        ready = await asyncio.to_thread(self.dispatch.prepare, work, batch)
        self.outbox.take(work.run, list(_taken(work, ready)))
        found, now = list(ready.settled), self.ledger.now()

        def done(sent: Sent) -> None:
            attempt = Attempt.of(sent, now)
            self.outbox.note(work.run, attempt)
            found.append(attempt)
            if sent.retry_after:
                self._not_before[work.run, sent.outgoing.recipient] = sent.at + timedelta(seconds=sent.retry_after)

        sendings = (self.channels.named(name).send(outgoing, done) for name, outgoing in ready.by_channel.items())
        ended = await asyncio.gather(*sendings, return_exceptions=True)
        await self._record(work, found)
        self.outbox.put_down(work.run, [attempt.recipient for attempt in found])
        for failure in ended:
            if failure is not None:
                raise failure
        return found

    async def _take_over(self, work: Work) -> None:
        """Record what came of that which somebody who ended had in its hands: where it could not say so any more, it may have arrived."""
        left = self.outbox.left(work.run)
        unrecorded, now = [one for one in left if work.attempts(one.recipient) == one.attempts], self.ledger.now()
        await self._record(work, [one.attempt or Attempt(one.recipient, Result.UNKNOWN, now, one.channel) for one in unrecorded])
        self.outbox.put_down(work.run, [one.recipient for one in left])

    async def _record(self, work: Work, attempts: Sequence[Attempt]) -> None:
        # A clock that was set back must not keep what happened from being recorded.
        earliest, latest = work.opened.opened_at, self.ledger.now()
        dated = [replace(attempt, at=min(max(attempt.at, earliest), latest)) for attempt in attempts]
        for command in commands(work.key, work.run, dated):
            for position in (await self.ledger.submit(command)).positions:
                self.dispatch.passed(position)
        self._take_in(work)

    async def _close(self, work: Work) -> bool:
        state = work.state
        if not state.complete or state.expected != state.accepted + state.failed + state.excluded:
            return False
        await self.ledger.submit(CloseRun(key=work.key, run=work.run), key=f"close:{work.run}")
        return True

    def _take_in(self, work: Work) -> None:
        work.take_in(self.ledger.store.history(notice_stream(work.key, work.run)))

    def _due(self, work: Work, recipient: int) -> datetime:
        """Return from when a recipient is to be looked at: a recipient who was tried too often is given up at once."""
        at = work.next_attempt(recipient) or work.opened.opened_at
        return max(at, self._not_before.get((work.run, recipient), at), self._resting_until)


def _taken(work: Work, ready: Ready) -> Iterator[Taken]:
    for channel, outgoing in ready.by_channel.items():
        for one in outgoing:
            yield Taken(one.recipient, work.attempts(one.recipient), channel)
