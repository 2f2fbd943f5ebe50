"""What happens to notification runs inside a transaction: announcements open them, and commands move them on."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from domain.events import AnnouncementWithdrawn, Event, Position, RetirementAnnounced
from domain.notices import decisions
from domain.notices.commands import Acknowledge, CloseRun, NoticeCommand, RecordAudience, RecordDeliveries
from domain.notices.events import NotificationRunOpened
from domain.notices.folded import FoldedRuns
from domain.notices.opening import Occasion, announced_parts, parts_of, run_for, run_for_joined, scope_of
from domain.notices.run import Run
from domain.recorded import Recorded
from domain.store.contract import Transaction
from domain.streams import SUBSCRIPTIONS, notice_stream
from domain.subjects import Scope, SubjectKey

_FOLDED = FoldedRuns()


def open_runs(
    key: SubjectKey, before: Sequence[Recorded], appended: Sequence[Recorded], transaction: Transaction, actor: str, *, notify: bool
) -> tuple[Position, ...]:
    """Open a run for each part of a model whose plan new entries change. Without a directory nobody is known who could be told."""
    changing = [entry for entry in appended if isinstance(entry.event, RetirementAnnounced | AnnouncementWithdrawn)]
    if not changing or not transaction.has_streams(SUBSCRIPTIONS):
        return ()
    after, now = (*before, *appended), transaction.now()
    parts = dict.fromkeys(part for entry in changing for part in parts_of(after, scope_of(entry, after), now))
    runs: list[Position] = []
    for part in parts:
        runs += _append(run_for(_occasion(key, part, transaction), before, appended, notify=notify), transaction, actor)
    return tuple(runs)


def open_joined(
    deployed: Iterable[tuple[SubjectKey, Scope]], joined_from: Position, transaction: Transaction, actor: str
) -> tuple[Position, ...]:
    """Open a run for those who joined under a schedule that stands, one for each model and part of it."""
    now = transaction.now()
    parts = dict.fromkeys(
        (key, part) for key, scope in dict.fromkeys(deployed) for part in announced_parts(transaction.history, key, scope, now)
    )
    runs: list[Position] = []
    for key, scope in parts:
        runs += _append(run_for_joined(_occasion(key, scope, transaction), joined_from), transaction, actor)
    return tuple(runs)


def carry_out(command: NoticeCommand, transaction: Transaction, actor: str) -> Sequence[Recorded]:
    """Decide and append.

    Raises:
        LedgerError: the decision refuses.
    """
    stream = notice_stream(command.key, command.run)
    run = _FOLDED.of(command.run, transaction.history(stream))
    event = _decide(command, run, transaction)
    return transaction.append(stream, [event], after=run.version, actor=actor) if event else ()


def _decide(command: NoticeCommand, run: Run, transaction: Transaction) -> Event | None:
    match command:
        case RecordAudience():
            return decisions.record_audience(run, command)
        case RecordDeliveries():
            return decisions.record_deliveries(run, command, transaction.now())
        case Acknowledge():
            return decisions.acknowledge(run, command, transaction.now())
        case CloseRun():
            return decisions.close_run(run, transaction.now())
        case _:
            assert_never(command)


def _occasion(key: SubjectKey, scope: Scope, transaction: Transaction) -> Occasion:
    return Occasion(key, scope, transaction.history, transaction.head().position, transaction.now())


def _append(opened: NotificationRunOpened | None, transaction: Transaction, actor: str) -> Sequence[Position]:
    if opened is None:
        return ()
    transaction.append(notice_stream(opened.key, opened.run), [opened], after=0, actor=actor)
    return (opened.run,)
