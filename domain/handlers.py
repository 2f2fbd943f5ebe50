"""Handlers: a command's way from history through a decision to events, inside one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from domain import decisions
from domain.commands import (
    AdoptPolicy,
    Announce,
    AnyCommand,
    ConfirmStage,
    EnterStage,
    Introduce,
    ListModel,
    ObservePage,
    RecordPage,
    Transcribe,
    Withdraw,
)
from domain.directory import handlers as directory
from domain.directory.commands import DirectoryCommand
from domain.errors import InvalidName
from domain.events import Event, Position
from domain.model import Model, fold
from domain.notices import handlers as notices
from domain.notices.commands import NoticeCommand
from domain.receipts import Receipt, RowReceipt
from domain.recorded import Recorded
from domain.refusals import NamesMeet
from domain.store.contract import Transaction
from domain.store.errors import StaleVersion
from domain.streams import model_stream, notice_stream, policy_stream, source_stream
from domain.transcription import drop_split, transcribe


def stream_of(command: AnyCommand) -> str:
    """Return the stream whose version a command's sender may insist on; empty where it is about several."""
    match command:
        case ListModel() | Announce() | Transcribe() | Withdraw() | EnterStage() | ConfirmStage():
            return model_stream(command.key)
        case Introduce():
            return model_stream(command.listing.key)
        case AdoptPolicy():
            return policy_stream(command.policy.catalog)
        case RecordPage():
            seen = command.observation
            return source_stream(seen.catalog, seen.name) if seen else ""
        case _ if isinstance(command, NoticeCommand):
            return notice_stream(command.key, command.run)
        case _ if isinstance(command, DirectoryCommand):
            return directory.stream_of(command)
        case _:
            assert_never(command)


def carry_out(command: AnyCommand, transaction: Transaction, actor: str, expected_version: int | None) -> Receipt:
    """Decide and append, and open the notification runs that it gives reason for.

    Raises:
        StaleVersion: the sender insists on a version that its stream has left behind.
        LedgerError: the decision refuses.
    """
    if isinstance(command, RecordPage):
        return _record_page(command, transaction, actor, expected_version)
    if isinstance(command, Introduce):
        return _introduce(command, transaction, actor, expected_version)
    stream = stream_of(command)
    history = transaction.history(stream) if stream else ()
    version = history[-1].version if history else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(stream, expected_version, version)
    if isinstance(command, DirectoryCommand):
        changes = directory.carry_out(command, transaction, actor)
        return replace(_receipt(changes.appended, version), runs=changes.runs)
    if isinstance(command, NoticeCommand):
        return _receipt(notices.carry_out(command, transaction, actor), version)
    if isinstance(command, AdoptPolicy):
        adopted = decisions.adopt_policy(history, command, transaction.now())
        return _receipt(transaction.append(stream, [adopted], after=version, actor=actor), version)
    return _change_model(command, fold(command.key, history), transaction, actor)


def _change_model(
    command: ListModel | Announce | Transcribe | Withdraw | EnterStage | ConfirmStage, model: Model, transaction: Transaction, actor: str
) -> Receipt:
    if isinstance(command, Transcribe):
        appended, row, runs = _transcribe(command, transaction, actor, notify=False)
        return replace(_receipt(appended, model.version, (row,)), runs=runs)
    events = _decide(command, model, transaction)
    appended = transaction.append(model_stream(model.key), events, after=model.version, actor=actor) if events else ()
    notify = isinstance(command, Announce | Withdraw) and bool(command.notify)
    return replace(_receipt(appended, model.version), runs=_open_runs(model, appended, transaction, actor, notify=notify))


def _open_runs(model: Model, appended: Sequence[Recorded], transaction: Transaction, actor: str, *, notify: bool) -> tuple[Position, ...]:
    return notices.open_runs(model.key, model.history, appended, transaction, actor, notify=notify)


def _introduce(command: Introduce, transaction: Transaction, actor: str, expected_version: int | None) -> Receipt:
    listed = carry_out(command.listing, transaction, actor, expected_version)
    announced = carry_out(command.announcement, transaction, actor, None)
    return replace(announced, positions=(*listed.positions, *announced.positions))


def _decide(
    command: ListModel | Announce | Withdraw | EnterStage | ConfirmStage, model: Model, transaction: Transaction
) -> Sequence[Event]:
    now = transaction.now()
    match command:
        case ListModel():
            return [decisions.list_model(model, command, now)]
        case Announce():
            return [decisions.announce(model, command, transaction.history(policy_stream(model.key.catalog)), now)]
        case Withdraw():
            return [decisions.withdraw(model, command, now)]
        case EnterStage():
            return [decisions.enter_stage(model, command, now)]
        case ConfirmStage():
            entered = decisions.confirm_stage(model, command, now)
            return [entered] if entered else []
        case _:
            assert_never(command)


def _receipt(appended: Sequence[Recorded], version: int, rows: tuple[RowReceipt, ...] = ()) -> Receipt:
    if not appended:
        return Receipt(positions=(), recorded_at=None, version=version, rows=rows)
    last = appended[-1]
    return Receipt(positions=tuple(e.position for e in appended), recorded_at=last.recorded_at, version=last.version, rows=rows)


def _transcribe(
    command: Transcribe, transaction: Transaction, actor: str, *, notify: bool
) -> tuple[Sequence[Recorded], RowReceipt, tuple[Position, ...]]:
    stream = model_stream(command.key)
    model = fold(command.key, transaction.history(stream))
    found = transcribe(model, command, transaction.now())
    appended = transaction.append(stream, found.events, after=model.version, actor=actor) if found.events else ()
    runs = _open_runs(model, appended, transaction, actor, notify=notify)
    position = appended[-1].position if appended else None
    return appended, RowReceipt(position=position, changes=tuple(found.changes), disputed=found.disputed), runs


def _record_page(command: RecordPage, transaction: Transaction, actor: str, expected_version: int | None) -> Receipt:
    appended: list[Recorded] = []
    rows: list[RowReceipt] = []
    runs: tuple[Position, ...] = ()
    for row in command.rows:
        try:
            entries, receipt, opened = _transcribe(row, transaction, actor, notify=bool(command.notify))
        except (NamesMeet, InvalidName) as refusal:
            rows.append(RowReceipt(position=None, changes=(), refused=refusal.sentence))
            continue
        appended += entries
        rows.append(receipt)
        runs += opened
    for dropped in command.dropped:
        stream = model_stream(dropped.key)
        model = fold(dropped.key, transaction.history(stream))
        withdrawals = drop_split(model, dropped, transaction.now())
        withdrawn = transaction.append(stream, withdrawals, after=model.version, actor=actor) if withdrawals else ()
        runs += _open_runs(model, withdrawn, transaction, actor, notify=bool(command.notify))
        appended += withdrawn
    if command.observation is None:
        return replace(_receipt(appended, 0, tuple(rows)), runs=runs)
    reading = _observe(command.observation, transaction, actor, expected_version)
    return replace(_receipt([*appended, *reading], 0, tuple(rows)), observed=bool(reading), runs=runs)


def _observe(command: ObservePage, transaction: Transaction, actor: str, expected_version: int | None) -> Sequence[Recorded]:
    stream = source_stream(command.catalog, command.name)
    history = transaction.history(stream)
    version = history[-1].version if history else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(stream, expected_version, version)
    event = decisions.observe_page(history, command)
    return transaction.append(stream, [event], after=version, actor=actor) if event else ()
