"""The events of the ledger: dated sentences, complete on their own, named for ever.

Every field is required, so that a missing one can never mean two things. Fields stand in alphabetical order: that is the
canonical order of the stored bytes, so writing an event is one pass. A change of shape is a new topic with an upcaster.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.dates import StatedDate
from domain.instants import Instant
from domain.stages import Stage
from domain.subjects import KeyField, ScopeField
from domain.values import Frozen, Source

Position = int
"""Place of an entry in the ledger, counted from 1 without a hole."""


class WithdrawnBy(StrEnum):
    """Who takes a claim back, and so on which axis it goes."""

    PROVIDER = "provider"
    """It was public until the withdrawal was announced."""
    RECORDER = "recorder"
    """We read it wrong: it never was public."""


class Basis(StrEnum):
    """Why a stage was entered."""

    PROVIDER = "provider"
    """The provider said so."""
    SCHEDULE = "schedule"
    """The ledger's own clock saw an announced date pass."""


class Event(Frozen):
    """What happened, in the past tense."""

    topic: ClassVar[str]
    """Name and version under which the event is stored."""


class ModelListed(Event):
    """A model, or a scope of one, appeared in a catalog."""

    topic: ClassVar[str] = "ModelListed.v1"

    announced_at: Instant
    key: KeyField
    name: str
    """Display name, as the provider writes it."""
    provider: str | None
    scope: ScopeField
    since: Instant | None
    """First instant of the listing; null when it is not known."""
    source: Source
    stage: Literal[Stage.PREVIEW, Stage.GENERALLY_AVAILABLE]


class RetirementAnnounced(Event):
    """A claim about a model's plan: dates, label and replacements. What is null is not stated, and erases nothing."""

    topic: ClassVar[str] = "RetirementAnnounced.v1"

    announced_at: Instant
    deprecated: StatedDate | None
    key: KeyField
    label: Stage | None
    """The stage that the source showed beside the model on that day."""
    legacy: StatedDate | None
    notes: str | None
    replacements: tuple[str, ...] | None
    """Suggested replacements as keys, `catalog/model` or `catalog/model@version`."""
    retired: StatedDate | None
    scope: ScopeField
    source: Source


class AnnouncementWithdrawn(Event):
    """A claim, or an earlier withdrawal, was taken back. It stays in the ledger, with the reason."""

    topic: ClassVar[str] = "AnnouncementWithdrawn.v1"

    announced_at: Instant
    by: WithdrawnBy
    claim: Annotated[Position, Field(ge=1)]
    key: KeyField
    reason: str


class StageEntered(Event):
    """A model, or a scope of one, entered a stage."""

    topic: ClassVar[str] = "StageEntered.v1"

    announced_at: Instant
    basis: Basis
    effective_at: Instant
    key: KeyField
    scope: ScopeField
    source: Source
    stage: Stage


class PageObserved(Event):
    """A source was read on a day, changed or not."""

    topic: ClassVar[str] = "PageObserved.v1"

    address: str | None
    catalog: str
    name: str
    """The source's name."""
    returned: tuple[str, ...]
    """Rows that had vanished and are there again, as `catalog/model key=value ...`."""
    rows: Annotated[int, Field(ge=0)]
    """How many rows about models the document had."""
    seen_on: str
    """The day of the reading, `YYYY-MM-DD`."""
    sha256: str
    """SHA-256 of the document's bytes, in hex."""
    vanished: tuple[str, ...]
    """Rows that the last reading had and this one has not. That is no withdrawal."""


class PolicyAdopted(Event):
    """A catalog's lifecycle rules, from an instant on."""

    topic: ClassVar[str] = "PolicyAdopted.v1"

    announced_at: Instant
    applies_to: str
    """The deployments that the rules are about, in words."""
    catalog: str
    deprecated_days_min: Annotated[int, Field(ge=0)]
    """Calendar days that a model stays deprecated, at the least."""
    deprecated_forbids: tuple[str, ...]
    """Operations that a deprecated model refuses."""
    in_force_from: Instant
    legacy_days_min: Annotated[int, Field(ge=0)]
    """Calendar days that a model stays legacy, at the least."""
    notified_roles: tuple[str, ...]
    """Roles whose members are told of a deprecation."""
    retired_call_returns: str | None
    """What a call to a retired model returns; null when the rules do not say."""
    source: Source
    version: Annotated[int, Field(ge=1)]


ModelEvent = ModelListed | RetirementAnnounced | AnnouncementWithdrawn | StageEntered
