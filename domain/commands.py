"""Commands about models, pages and rules: what somebody asks the ledger to record."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from domain.command import Command
from domain.dates import StatedDate
from domain.directory.commands import DirectoryCommand
from domain.events import PolicyAdopted, Position, WithdrawnBy
from domain.instants import Instant
from domain.notices.commands import NoticeCommand
from domain.stages import Stage
from domain.subjects import WHOLE, KeyField, ScopeField
from domain.values import Source

Notify = Literal[True] | None
"""Tell people even of what was announced on an earlier day; of what is announced today they are told anyway."""


class OnPolicyBreach(StrEnum):
    """What to do with a schedule whose windows are shorter than the catalog's policy asks."""

    REFUSE = "refuse"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListModel(Command):
    """A model, or a scope of one, appears in a catalog."""

    key: KeyField
    name: str
    provider: str | None = None
    scope: ScopeField = WHOLE
    stage: Literal[Stage.PREVIEW, Stage.GENERALLY_AVAILABLE] = Stage.GENERALLY_AVAILABLE
    since: Instant | None = None
    announced_at: Instant | None = None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Command):
    """A provider announces dates, a label or replacements of a listed model."""

    key: KeyField
    scope: ScopeField = WHOLE
    legacy: StatedDate | None = None
    deprecated: StatedDate | None = None
    retired: StatedDate | None = None
    label: Stage | None = None
    replacements: tuple[str, ...] | None = None
    notes: str | None = None
    announced_at: Instant | None = None
    source: Source
    on_policy_breach: OnPolicyBreach = OnPolicyBreach.REFUSE
    notify: Notify = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduce(Command):
    """A new model is listed and its first announcement recorded, together or not at all."""

    listing: ListModel
    announcement: Announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribe(Command):
    """One row of a document is recorded as published, whatever it says; an unchanged one is not recorded again."""

    key: KeyField
    name: str
    provider: str | None
    scope: ScopeField
    legacy: StatedDate | None
    deprecated: StatedDate | None
    retired: StatedDate | None
    label: Stage | None
    replacements: tuple[str, ...] | None
    notes: str | None
    announced_at: Instant
    source: Source
    aliased: bool = False
    """Somebody said which model the name means, so that it may differ from the names under which the model is listed."""
    again: bool = False
    """Record it even if it is unchanged: another row of the last reading that contradicted it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSplit(Command):
    """A source that made a difference by scope states one thing for all again: what it said of the narrower scope is withdrawn."""

    key: KeyField
    scope: ScopeField
    source: str
    announced_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservePage(Command):
    """A document was read, whether it changed or not."""

    catalog: str
    name: str
    address: str | None
    seen_on: str
    sha256: str
    rows: int
    vanished: tuple[str, ...]
    returned: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage(Command):
    """Rows of one document, and at its end the reading itself, recorded together or not at all."""

    rows: tuple[Transcribe, ...] = ()
    dropped: tuple[DropSplit, ...] = ()
    observation: ObservePage | None = None
    notify: Notify = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """A claim, or an earlier withdrawal, is taken back."""

    key: KeyField
    claim: Position
    by: WithdrawnBy
    reason: str
    announced_at: Instant | None = None
    notify: Notify = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterStage(Command):
    """A provider says that a model entered a stage."""

    key: KeyField
    scope: ScopeField = WHOLE
    stage: Stage
    effective_at: Instant
    announced_at: Instant | None = None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmStage(Command):
    """The ledger's own clock saw an announced date pass."""

    key: KeyField
    scope: ScopeField
    stage: Stage
    effective_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPolicy(Command):
    """A catalog adopts rules."""

    policy: PolicyAdopted


AnyCommand = (
    ListModel
    | Announce
    | Introduce
    | Transcribe
    | RecordPage
    | Withdraw
    | EnterStage
    | ConfirmStage
    | AdoptPolicy
    | DirectoryCommand
    | NoticeCommand
)
