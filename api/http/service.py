"""The service: a ledger with the views that follow it, and those who wait for its next entry."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from api.access.principal import sender
from api.http.follower import Follower
from api.http.problems import RETRY_SECONDS, PositionNotReached
from api.http.standing import Marks
from api.http.verifying import Verifications
from api.http.workers.leading import always
from api.notices.delivering import Office
from api.notices.following import follow
from api.notices.offices import office_in_memory
from api.notices.postman import Postman
from api.proving.notaries import Proving, proving_of
from api.tracing import APPEND, span
from domain import refusals
from domain.commands import AnyCommand
from domain.errors import LedgerError
from domain.events import PolicyAdopted, Position
from domain.ledger import Asked, Ledger
from domain.lookup import nearest_names
from domain.proof.evidence import KeptCheckpoint
from domain.receipts import Receipt
from domain.recorded import Recorded
from domain.rules.answers import Question, StageAnswer
from domain.rules.policy import policy_in_force
from domain.rules.questions import answer
from domain.store.errors import CommandKeyReused, StaleVersion
from domain.streams import policy_stream
from domain.subjects import SubjectKey
from projections.stage_index import IndexStopped, StageIndex

WAIT_SECONDS = 5.0
"""How long a question waits for a position that the ledger has not reached."""

LOOK_SECONDS = 0.05
"""How often it looks, for another process may append."""

COMPARED_MAX = 200
"""How many names a wrong one is compared with; everybody waits meanwhile."""

_CONFLICTS = (
    refusals.AlreadyListed,
    refusals.NamesMeet,
    refusals.ClaimNotOpen,
    refusals.PolicyNotNewer,
    StaleVersion,
    CommandKeyReused,
)


class Poke(Protocol):
    """Tells a follower that the log has grown."""

    def __call__(self) -> None: ...


@dataclass
class Counters:
    """What the service has done since it started."""

    appends: int = 0
    """Entries that its own commands appended."""
    conflicts: int = 0
    """Commands that were refused because of what the ledger holds."""
    key_replays: int = 0
    """Commands that were sent again under their key."""
    streams_open: int = 0


class Service:
    """What the routes call. It lives on one event loop."""

    def __init__(self, ledger: Ledger, *, wait_seconds: float = WAIT_SECONDS, heartbeat_seconds: float = 15.0) -> None:
        self.ledger = ledger
        self.index = StageIndex(ledger.store)
        self.counters = Counters()
        self.wait_seconds = wait_seconds
        self.heartbeat_seconds = heartbeat_seconds
        self.stopping = asyncio.Event()
        """Set when the service ends: streams end with it."""
        self.leads: Callable[[], bool] = always
        """Whether this process does what must be done once, where several serve the ledger."""
        self.told: Callable[[], bool] = never
        """Whether the database tells of what is appended, at this moment: then no question has to look at the log's end first."""
        self.poke: Poke = _nobody
        """Tells the views' follower of an append; set by whoever runs one."""
        self.follower: Follower | None = None
        """Keeps the views up with the log, if somebody runs one."""
        self.postman: Postman | None = None
        """Tells people, if somebody runs one."""
        self.checkpoint: KeptCheckpoint | None = None
        """The last one, as far as is known here: it goes with every answer."""
        self.unsigned = ""
        """Why nothing is signed any more, where that is so."""
        self.marks = Marks()
        self.verifications = Verifications(None)
        """Those of the ledger's file: set by whoever opened it."""
        self._grown = asyncio.Event()
        self._seen: Position = 0
        self._viewed: Position = 0
        self._viewing = Lock()
        self._policies: dict[str, Sequence[Recorded]] = {}

    @cached_property
    def office(self) -> Office:
        """The views, the people and the links of the ledger: set by whoever opened them, else in memory."""
        return office_in_memory(self.ledger)

    @cached_property
    def proving(self) -> Proving:
        """What proves the ledger's answers."""
        return proving_of(self.ledger, self.office.path)

    def catch_up(self) -> None:
        """Let the views take in what the log has; whoever was here since the last entry has nothing to wait for. Blocking.

        Raises:
            NoticesStopped: there is an entry about people or notices that they cannot take in.
            LedgerError: the ledger or the views cannot be read.
        """
        if self._viewed < self._seen:
            with self._viewing:
                seen = self._seen
                if self._viewed < seen:
                    follow(self.ledger, self.office.views)
                    self._viewed = seen

    @property
    def sender_ledger(self) -> Ledger:
        """The ledger for entries in the name of whoever sent the request that is being answered."""
        principal = sender.get()
        return self.ledger if principal is None else self.ledger.acting_for(principal.actor)

    def look(self) -> None:
        """See the log's end as it is, or where the database tells, as it was a moment ago.

        Raises:
            StoreFault: the database failed.
        """
        if not self.told():
            self.refresh()

    def refresh(self) -> None:
        """Take in what was appended since, by whichever process, and wake those who wait for it."""
        self.index.refresh()
        head = self.ledger.store.head().position if self.index.stopped else self.index.position
        if head != self._seen:
            self._seen = head
            self._policies.clear()
            grown, self._grown = self._grown, asyncio.Event()
            grown.set()

    def notice(self) -> None:
        """Take in what was appended, as somebody told; what fails now fails again when it is asked for, and is told then."""
        with suppress(LedgerError):
            self.refresh()

    @property
    def position(self) -> Position:
        """The end of the log as last seen."""
        return self._seen

    async def grown(self, after: Position, seconds: float) -> bool:
        """Wait until the log as seen goes beyond a position, for so many seconds at the most."""
        if self._seen <= after and not self.stopping.is_set():
            try:
                await asyncio.wait_for(self._grown.wait(), seconds)
            except TimeoutError:
                return False
        return self._seen > after

    async def reach(self, position: Position | None) -> None:
        """See the log's end, and wait until it is at a position.

        Raises:
            PositionNotReached: it is not there in time.
        """
        self.look()
        if position is None or position <= self._seen:
            return
        self.refresh()
        deadline = asyncio.get_running_loop().time() + self.wait_seconds
        while self._seen < position:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                detail = f"The ledger is at position {self._seen}. Ask again, or ask without min_position."
                raise PositionNotReached(detail=detail, min_position=position, position=self._seen, retry_after=RETRY_SECONDS)
            await self.grown(position - 1, min(left, LOOK_SECONDS))
            self.refresh()

    def end(self) -> None:
        """End the streams."""
        self.stopping.set()
        self._grown.set()

    async def record(self, command: AnyCommand, key: str, expected_version: int | None) -> Receipt:
        """Carry a command out. Its entries are in the index when this returns, so that its sender reads them.

        Raises:
            LedgerError: the rules or the store refuse it.
        """
        try:
            with span(APPEND, {"command": type(command).__name__}) as traced:
                receipt = await self.sender_ledger.submit(command, key=key, expected_version=expected_version)
                traced.set_attribute("entries", len(receipt.positions))
        except _CONFLICTS:
            self.counters.conflicts += 1
            raise
        if receipt.replayed:
            self.counters.key_replays += 1
        else:
            self.counters.appends += len(receipt.positions)
        await self._see(receipt)
        self.poke()
        return receipt

    async def _see(self, receipt: Receipt) -> None:
        """See a command's entries; where a replica is read that does not come along, its sender asks with `min_position`."""
        self.refresh()
        if receipt.position is not None and self._seen < receipt.position:
            with suppress(PositionNotReached):
                await self.reach(receipt.position)

    def now(self) -> datetime:
        """Return the present instant, never earlier than the last entry that the index has seen."""
        now, recorded_at = self.ledger.clock(), self.index.recorded_at
        return recorded_at if recorded_at is not None and recorded_at > now else now

    def question(self, key: SubjectKey, asked: Asked) -> Question:
        """Fill in what a question leaves open, as `Ledger.question` does, from what the index has seen.

        Raises:
            AsksTheFuture: a point of knowledge lies ahead.
            PositionAhead: the log has not reached the position.
        """
        if asked.recorded_at is not None or self.index.stopped:
            return self.ledger.question(key, asked)
        now = self.now()
        if asked.known_at is not None and asked.known_at > now:
            raise refusals.AsksTheFuture("known_at", asked.known_at, now)
        return Question(key, asked.scope, asked.valid_at or now, asked.known_at or now, self.index.position, self.index.recorded_at)

    def indexed(self, question: Question) -> bool:
        """Whether the index answers a question: it is about the log's end, and no entry has stopped the index."""
        return self.index.stopped is None and question.position == self.index.position

    async def answer(self, question: Question) -> StageAnswer:
        """Answer from the index where it can, else by replaying the history.

        Raises:
            NoSuchModel: the ledger holds nothing about it at that position.
            UnreadableEvent: an entry of the model cannot be read.
        """
        if self.indexed(question) and self.index.entry(question.key) is not None:
            with suppress(IndexStopped):
                return self.index.answer(question)
        self.known(question.key)
        return await run_in_threadpool(answer, self.ledger.histories(question.position), question)

    def models(self, catalog: str | None = None) -> Sequence[SubjectKey]:
        """Return the models that the ledger holds now, sorted."""
        return self.index.models(catalog) if self.index.stopped is None else self.ledger.models(catalog)

    def known(self, key: SubjectKey) -> None:
        """Refuse a model that the ledger holds nothing about, at any time.

        Raises:
            NoSuchModel: the nearest names are given.
        """
        if self.index.stopped is None:
            if self.index.entry(key) is None:
                raise refusals.NoSuchModel(str(key), self._nearest(key))
        elif key not in self.ledger.models(key.catalog):
            raise refusals.NoSuchModel(str(key), self._nearest(key))

    def _nearest(self, key: SubjectKey) -> Sequence[str]:
        """Return the names most like one; of a large ledger's, among those that begin alike: to compare 10,000 takes seconds."""
        models = self.models()
        if len(models) > COMPARED_MAX:
            begins = key.model[:4]
            models = [model for model in models if model.model.startswith(begins)][:COMPARED_MAX]
        return nearest_names(str(key), models)

    def policy(self, catalog: str, at: datetime, known_at: datetime, position: Position) -> PolicyAdopted | None:
        """Return the rules of a catalog in force at an instant, as known, as the ledger held them at a position."""
        entries = self._policies.get(catalog)
        if entries is None:
            entries = self._policies[catalog] = self.ledger.store.history(policy_stream(catalog))
        if not entries:
            return None
        return policy_in_force([entry for entry in entries if entry.position <= position], at, known_at)


def never() -> bool:
    """Tell nothing, as a file does."""
    return False


def _nobody() -> None:
    """There is no follower."""
