"""The ledger: commands go in by one door, questions by another, and both find the same history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from domain import refusals
from domain.clock import Clock, system_clock
from domain.commands import AnyCommand
from domain.errors import InvalidName
from domain.events import Position
from domain.handlers import carry_out
from domain.lookup import nearest_names
from domain.receipts import Receipt
from domain.recorded import Head, Recorded
from domain.rules.answers import Question, StageAnswer
from domain.rules.questions import answer
from domain.store.answer import Answer
from domain.store.contract import Kept, Store, Transaction
from domain.store.errors import CommandKeyReused
from domain.streams import catalog_prefix, key_of, model_stream
from domain.subjects import WHOLE, Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question leaves open: now, as known now, at the head of the log, about the whole model."""

    scope: Scope = WHOLE
    valid_at: datetime | None = None
    known_at: datetime | None = None
    recorded_at: datetime | Position | None = None
    """An instant, or a position of the log."""


class Ledger:
    """A ledger on a store. Whoever appends is named with every entry."""

    def __init__(self, store: Store, actor: str, clock: Clock = system_clock) -> None:
        self.store = store
        self.actor = actor
        self.clock = clock

    def acting_for(self, actor: str) -> "Ledger":
        """Return the same ledger for entries in another name."""
        return Ledger(self.store, actor, self.clock)

    def execute(self, command: AnyCommand, *, key: str | None = None, expected_version: int | None = None) -> Receipt:
        """Carry a command out, once for each key, and return what it appended.

        A command sent again under its key gets its first receipt, and appends nothing.

        Raises:
            CommandKeyReused: the key was used for another command.
            StaleVersion: the stream has moved on from the version that the sender insists on.
            LedgerError: the rules refuse the command.
        """
        return self.submit(command, key=key, expected_version=expected_version).result()

    def submit(self, command: AnyCommand, *, key: str | None = None, expected_version: int | None = None) -> Answer[Receipt]:
        """Queue a command; its receipt is there after it was committed. Under `asyncio`, await it."""
        if key is not None and not key.strip():
            raise InvalidName("command key", key, "it is empty; leave it out, or give a text of your own")
        command_key = key or self._new_key()
        fingerprint = command.fingerprint()

        def work(transaction: Transaction) -> Receipt:
            kept = transaction.kept(command_key)
            if kept:
                return _first_receipt(kept, fingerprint)
            receipt = carry_out(command, transaction, self.actor, expected_version)
            transaction.keep(command_key, fingerprint, receipt.to_json())
            return receipt

        return self.store.submit(command_key, work)

    def _new_key(self) -> str:
        """Make a key for a command whose sender gave none; one after the other, so that they lie side by side in the database."""
        return f"{self.clock():%Y%m%dT%H%M%S%f}-{token_hex(8)}"

    def now(self) -> datetime:
        """Return the present instant, never earlier than the last entry: a clock that stepped back hides nothing."""
        return self._now(self.store.head())

    def _now(self, head: Head) -> datetime:
        return max(self.clock(), head.recorded_at) if head.recorded_at else self.clock()

    def question(self, key: SubjectKey, asked: Asked) -> Question:
        """Fill in what a question leaves open, and refuse to look into the future of knowledge.

        Raises:
            AsksTheFuture: `known_at` or `recorded_at` lies ahead.
            PositionAhead: the log has not reached the position.
        """
        head = self.store.head()
        now = self._now(head)
        if asked.known_at and asked.known_at > now:
            raise refusals.AsksTheFuture("known_at", asked.known_at, now)
        seen = head if asked.recorded_at is None else self._head_at(asked.recorded_at, head, now)
        return Question(key, asked.scope, asked.valid_at or now, asked.known_at or now, seen.position, seen.recorded_at)

    def position_at(self, recorded_at: datetime | Position) -> Position:
        """Return the position of the log at an instant, or a position that it has reached.

        Raises:
            AsksTheFuture: the instant lies ahead.
            PositionAhead: the log has not reached the position.
        """
        head = self.store.head()
        return self._head_at(recorded_at, head, self._now(head)).position

    def _head_at(self, recorded_at: datetime | Position, head: Head, now: datetime) -> Head:
        if isinstance(recorded_at, datetime):
            if recorded_at > now:
                raise refusals.AsksTheFuture("recorded_at", recorded_at, now)
            return self.store.head_at(recorded_at)
        if not 0 <= recorded_at <= head.position:
            raise refusals.PositionAhead(recorded_at, head.position)
        return next((Head(e.position, e.recorded_at) for e in self.store.outline(recorded_at - 1, recorded_at)), Head(0, None))

    def stage(self, key: SubjectKey, asked: Asked) -> tuple[Question, StageAnswer]:
        """Answer what stage a model was in, with the question as it was understood, so that it can be repeated exactly.

        Raises:
            NoSuchModel: the ledger holds nothing about it, at any time.
            AsksTheFuture: a point of knowledge lies ahead.
        """
        question = self.question(key, asked)
        if not self.store.history(model_stream(key)):
            raise refusals.NoSuchModel(str(key), self.nearest(str(key)))
        return question, answer(self.histories(question.position), question)

    def histories(self, position: Position) -> Callable[[str], Sequence[Recorded]]:
        """Return the reader of histories as the ledger held them at a position."""
        return lambda stream: self.store.history(stream, position)

    def models(self, catalog: str | None = None) -> Sequence[SubjectKey]:
        """Return the models that the ledger holds, sorted."""
        return sorted(key_of(stream) for stream in self.store.streams(catalog_prefix(catalog)))

    def nearest(self, text: str) -> Sequence[str]:
        """Return the names of models that look most like a text."""
        return nearest_names(text, self.models())


def _first_receipt(kept: Kept, fingerprint: str) -> Receipt:
    if kept.fingerprint != fingerprint:
        raise CommandKeyReused(kept.key)
    return Receipt.from_json(kept.answer)
