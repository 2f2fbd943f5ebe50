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
from domain.errors import InvalidName
from domain.events import Event
from domain.model import Model, fold
from domain.receipts import Receipt, RowReceipt
from domain.recorded import Recorded
from domain.refusals import NamesMeet
from domain.store.contract import Transaction
from domain.store.errors import StaleVersion
from domain.streams import model_stream, policy_stream, source_stream
from domain.transcription import drop_split, transcribe


def stream_of(command: AnyCommand) -> str:
    """Return the stream whose version a command's sender may insist on."""
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
        case _:
            assert_never(command)


def carry_out(command: AnyCommand, transaction: Transaction, actor: str, expected_version: int | None) -> Receipt:
    """Decide and append.

    Raises:
        StaleVersion: the sender insists on a version that its stream has left behind.
        LedgerError: the decision refuses.
    """
    if isinstance(command, RecordPage):
        return _record_page(command, transaction, actor, expected_version)
    if isinstance(command, Introduce):
        return _introduce(command, transaction, actor, expected_version)
    stream = stream_of(command)
    history = transaction.history(stream)
    version = history[-1].version if history else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(stream, expected_version, version)
    if isinstance(command, Transcribe):
        appended, row = _transcribe(command, transaction, actor)
        return _receipt(appended, version, (row,))
    if isinstance(command, AdoptPolicy):
        events: Sequence[Event] = [decisions.adopt_policy(history, command, transaction.now())]
    else:
        events = _decide(command, fold(command.key, history), transaction)
    return _receipt(transaction.append(stream, events, after=version, actor=actor) if events else (), version)


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


def _transcribe(command: Transcribe, transaction: Transaction, actor: str) -> tuple[Sequence[Recorded], RowReceipt]:
    stream = model_stream(command.key)
    model = fold(command.key, transaction.history(stream))
    found = transcribe(model, command, transaction.now())
    appended = transaction.append(stream, found.events, after=model.version, actor=actor) if found.events else ()
    position = appended[-1].position if appended else None
    return appended, RowReceipt(position=position, changes=tuple(found.changes), disputed=found.disputed)


def _record_page(command: RecordPage, transaction: Transaction, actor: str, expected_version: int | None) -> Receipt:
    appended: list[Recorded] = []
    rows: list[RowReceipt] = []
    for row in command.rows:
        try:
            entries, receipt = _transcribe(row, transaction, actor)
        except (NamesMeet, InvalidName) as refusal:
            rows.append(RowReceipt(position=None, changes=(), refused=refusal.sentence))
            continue
        appended += entries
        rows.append(receipt)
    for dropped in command.dropped:
        stream = model_stream(dropped.key)
        model = fold(dropped.key, transaction.history(stream))
        withdrawals = drop_split(model, dropped, transaction.now())
        appended += transaction.append(stream, withdrawals, after=model.version, actor=actor) if withdrawals else ()
    if command.observation is None:
        return _receipt(appended, 0, tuple(rows))
    reading = _observe(command.observation, transaction, actor, expected_version)
    return replace(_receipt([*appended, *reading], 0, tuple(rows)), observed=bool(reading))


def _observe(command: ObservePage, transaction: Transaction, actor: str, expected_version: int | None) -> Sequence[Recorded]:
    stream = source_stream(command.catalog, command.name)
    history = transaction.history(stream)
    version = history[-1].version if history else 0
    if expected_version is not None and expected_version != version:
        raise StaleVersion(stream, expected_version, version)
    event = decisions.observe_page(history, command)
    return transaction.append(stream, [event], after=version, actor=actor) if event else ()
