"""Rehearsal: what a command would append, decided on the ledger as it stands. Nothing is written, and no writer waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.commands import AnyCommand
from domain.events import PolicyAdopted
from domain.handlers import carry_out
from domain.ledger import Ledger
from domain.notices.events import NotificationRunOpened
from domain.receipts import Receipt
from domain.recorded import Recorded
from domain.rules.answers import Finding, Question, StageAnswer
from domain.rules.questions import Histories, answer, policy_of
from domain.store.contract import Kept, Store
from domain.store.errors import StoreFault
from domain.store.group import Group
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its question, and the rules in force at its point."""

    question: Question
    answer: StageAnswer
    policy: PolicyAdopted | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a command would do."""

    receipt: Receipt
    """With the positions that its entries would have if nobody else appended before."""
    before: Told | None
    """What is answered now; none where the ledger holds nothing about the model."""
    after: Told
    """What would be answered then, to the same question."""
    opened: tuple[NotificationRunOpened, ...] = ()
    """The notification runs that it would open."""
    history: tuple[Recorded, ...] = ()
    """The model's entries, with those that it would append."""

    def new_findings(self) -> Sequence[Finding]:
        """Return what the answer would have to say that it does not say now."""
        old = self.before.answer.findings if self.before else ()
        return [finding for finding in self.after.answer.findings if finding not in old]


def rehearse(ledger: Ledger, command: AnyCommand, key: SubjectKey, scope: Scope, expected_version: int | None = None) -> Rehearsal:
    """Decide a command without carrying it out, and compare the answers about a model and scope now and then.

    Raises:
        StaleVersion: the stream has moved on from the version that the sender insists on.
        LedgerError: the rules refuse the command.
    """
    database = _ReadOnly(ledger.store)
    group = Group(database, database.head, ledger.clock)
    receipt = group.attempt(lambda transaction: carry_out(command, transaction, ledger.actor, expected_version))

    def after(stream: str) -> Sequence[Recorded]:
        return database.read_stream(stream) + group.streams.get(stream, ())

    now = max(filter(None, (ledger.clock(), group.head.recorded_at)))
    known = bool(database.read_stream(model_stream(key)))
    return Rehearsal(
        receipt,
        _told(database.read_stream, Question(key, scope, now, now, database.head.position, database.head.recorded_at)) if known else None,
        _told(after, Question(key, scope, now, now, group.head.position, group.head.recorded_at)),
        opened=tuple(entry.recorded.event for entry in group.entries if isinstance(entry.recorded.event, NotificationRunOpened)),
        history=tuple(after(model_stream(key))),
    )


def _told(histories: Histories, question: Question) -> Told:
    return Told(question, answer(histories, question), policy_of(histories, question))


class _ReadOnly:
    """A store as a group reads it, held still at one position."""

    fault: StoreFault | None = None

    def __init__(self, store: Store) -> None:
        self._store = store
        self.head = store.head()

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        return tuple(self._store.history(stream, self.head.position))

    def has_streams(self, prefix: str) -> bool:
        return next(iter(self._store.by_stream(self.head.position, prefix)), None) is not None

    def read_kept(self, key: str) -> Kept | None:
        return self._store.kept(key)

    def read_all_kept(self, keys: Sequence[str]) -> dict[str, Kept]:
        return {key: kept for key in keys if (kept := self._store.kept(key))}
