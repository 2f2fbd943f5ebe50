"""Ledgers in memory under a clock that is set by hand, and commands with sensible defaults."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from domain.commands import Announce, DropSplit, EnterStage, ListModel, ObservePage, OnPolicyBreach, Transcribe, Withdraw
from domain.dates import AnyDate, firm
from domain.events import Position, WithdrawnBy
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.stages import Stage
from domain.store.sqlite import SqliteStore
from domain.subjects import Scope, SubjectKey
from tests.spec import KEY, Parts, at, source

NOW = "2025-02-01T12:00:00Z"


class HandClock:
    """A clock that stands still until somebody sets it."""

    def __init__(self, now: str = NOW) -> None:
        self.now = parse_instant(now)

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = parse_instant(text)

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


@contextmanager
def ledger_in_memory(clock: HandClock, actor: str = "tester") -> Iterator[Ledger]:
    store = SqliteStore(":memory:", clock)
    try:
        yield Ledger(store, actor, clock)
    finally:
        store.close()


def list_model(
    key: SubjectKey = KEY,
    *,
    name: str = "Mistral-large",
    provider: str | None = "Mistral AI",
    scope: Parts | None = None,
    stage: Stage = Stage.GENERALLY_AVAILABLE,
    since: str | None = None,
    announced_at: str | None = "2024-11-22",
) -> ListModel:
    assert stage is Stage.PREVIEW or stage is Stage.GENERALLY_AVAILABLE
    return ListModel(
        key=key,
        name=name,
        provider=provider,
        scope=Scope.of(scope or {}),
        stage=stage,
        since=_instant(since),
        announced_at=_instant(announced_at),
        source=source(),
    )


def announce(
    key: SubjectKey = KEY,
    *,
    legacy: AnyDate | str | None = None,
    deprecated: AnyDate | str | None = None,
    retired: AnyDate | str | None = None,
    label: Stage | None = None,
    replacements: Sequence[str] | None = None,
    notes: str | None = None,
    scope: Parts | None = None,
    announced_at: str | None = "2024-11-22",
    by: str = "page",
    on_policy_breach: OnPolicyBreach = OnPolicyBreach.REFUSE,
) -> Announce:
    return Announce(
        key=key,
        scope=Scope.of(scope or {}),
        legacy=_date(legacy),
        deprecated=_date(deprecated),
        retired=_date(retired),
        label=label,
        replacements=None if replacements is None else tuple(replacements),
        notes=notes,
        announced_at=_instant(announced_at),
        source=source(by),
        on_policy_breach=on_policy_breach,
    )


def transcribe(
    key: SubjectKey = KEY,
    *,
    name: str = "Mistral-large",
    provider: str | None = None,
    legacy: AnyDate | str | None = None,
    deprecated: AnyDate | str | None = None,
    retired: AnyDate | str | None = None,
    label: Stage | None = None,
    replacements: Sequence[str] | None = None,
    notes: str | None = None,
    scope: Parts | None = None,
    announced_at: str = "2024-11-22",
    by: str = "page",
    document: str | None = "d1",
    aliased: bool = False,
    again: bool = False,
) -> Transcribe:
    return Transcribe(
        key=key,
        name=name,
        provider=provider,
        scope=Scope.of(scope or {}),
        legacy=_date(legacy),
        deprecated=_date(deprecated),
        retired=_date(retired),
        label=label,
        replacements=None if replacements is None else tuple(replacements),
        notes=notes,
        announced_at=at(announced_at),
        source=source(by, document),
        aliased=aliased,
        again=again,
    )


def withdraw(
    claim: Position,
    *,
    by: WithdrawnBy = WithdrawnBy.PROVIDER,
    reason: str = "it was wrong",
    announced_at: str | None = None,
    key: SubjectKey = KEY,
) -> Withdraw:
    return Withdraw(key=key, claim=claim, by=by, reason=reason, announced_at=_instant(announced_at))


def enter_stage(stage: Stage, effective_at: str, *, announced_at: str | None = None, scope: Parts | None = None) -> EnterStage:
    return EnterStage(
        key=KEY,
        scope=Scope.of(scope or {}),
        stage=stage,
        effective_at=at(effective_at),
        announced_at=_instant(announced_at),
        source=source(),
    )


def drop_split(scope: Parts, *, announced_at: str = "2024-12-03", by: str = "page") -> DropSplit:
    return DropSplit(key=KEY, scope=Scope.of(scope), source=by, announced_at=at(announced_at))


def observe(
    seen_on: str = "2024-11-22",
    sha256: str = "d1",
    *,
    name: str = "page",
    rows: int = 1,
    vanished: Sequence[str] = (),
    returned: Sequence[str] = (),
) -> ObservePage:
    return ObservePage(
        catalog="azure",
        name=name,
        address=None,
        seen_on=seen_on,
        sha256=sha256,
        rows=rows,
        vanished=tuple(vanished),
        returned=tuple(returned),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else at(text)


def _date(date: AnyDate | str | None) -> AnyDate | None:
    return firm(date) if isinstance(date, str) else date
