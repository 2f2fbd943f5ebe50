"""What happens in a notification run. Many recipients share an event; in it they stand as short rows, and are known by their number.

A run is complete by itself: who reads it in five years needs neither the model's stream nor the directory's.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from domain.dates import StatedDate
from domain.events import Event, Position
from domain.instants import Instant
from domain.stages import Stage
from domain.subjects import KeyField, ScopeField
from domain.values import Frozen

Count = Annotated[int, Field(ge=0)]


class RunCause(StrEnum):
    """Why people are told."""

    ANNOUNCED = "announced"
    """The first dates or replacements."""
    MOVED = "moved"
    """Dates or replacements changed."""
    WITHDRAWN = "withdrawn"
    """All dates were taken back."""
    JOINED = "joined"
    """A deployment was made under an announced schedule, or somebody took a role later."""


class Schedule(Frozen):
    """The dates of a model's plan, as known at one moment."""

    deprecated: StatedDate | None
    legacy: StatedDate | None
    retired: StatedDate | None


class Replacement(Frozen):
    """A suggested replacement, with its own stage when the run was opened."""

    stage: Stage | None
    """Null where nothing was known of it."""
    subject: str
    """`catalog/model` or `catalog/model@version`."""


class NotificationRunOpened(Event):
    """Somebody has to be told of a model's dates."""

    topic: ClassVar[str] = "NotificationRunOpened.v1"

    after: Schedule
    before: Schedule | None
    """What was planned before; null where nothing was, and for those who joined."""
    cause: RunCause
    claim: Position
    """The entry that caused it: an announcement or a withdrawal; or the first entry of the change by which people joined."""
    deprecated_days_min: Count
    """Calendar days that the policy asks for between deprecation and retirement: the notice that people get of a retirement."""
    key: KeyField
    legacy_days_min: Count
    """Calendar days that the policy asks for before deprecation: the notice that people get of a deprecation."""
    link: str | None
    """Where the provider published it."""
    name: str
    """The model's display name."""
    opened_at: Instant
    policy_version: Annotated[int, Field(ge=1)]
    provider: str | None
    replacements: tuple[Replacement, ...]
    replacements_before: tuple[str, ...]
    roles: tuple[str, ...]
    """Whose members are told."""
    run: Position
    """Its own first position, and its name."""
    scope: ScopeField


class Channel(StrEnum):
    """By what way a recipient is told; the recipient's kind decides."""

    PERSON = "person"
    WEBHOOK = "webhook"


class Exclusion(StrEnum):
    """Why a member cannot be told."""

    NO_ADDRESS = "no_address"
    SERVICE_PRINCIPAL = "service_principal"
    GROUP_NOT_EXPANDED = "group_not_expanded"
    ERASED = "erased"
    OPTED_OUT = "opted_out"


class Reason(NamedTuple):
    """Why somebody is in an audience: a role in a subscription, as places in the chunk's lists. A webhook has no role: -1."""

    subscription: int
    role: int


class Recipient(NamedTuple):
    """Somebody who is sent one message."""

    id: str
    """A person's opaque id, or a webhook's."""
    address: int
    """Which of the person's addresses, counted from 1; 0 for a webhook."""
    reasons: tuple[Reason, ...]


class Excluded(NamedTuple):
    """Somebody who had to be told and cannot be."""

    id: str
    exclusion: Exclusion
    reasons: tuple[Reason, ...]


class SubscriptionCount(NamedTuple):
    """A subscription of a chunk, and how many roles of it are counted there."""

    id: str
    members: int


class AudienceRecorded(Event):
    """A chunk of those who have to be told, in the order of their numbers."""

    topic: ClassVar[str] = "AudienceRecorded.v1"

    chunk: Annotated[int, Field(ge=1)]
    complete: bool
    """Whether it is the last one: from here on the audience stands."""
    counts: dict[str, Count]
    """Roles that are counted in the chunk, by role."""
    digest: str
    """SHA-256, in hex, over the digest of the chunk before (empty for the first) and this chunk's content: it seals all so far."""
    excluded: tuple[Excluded, ...]
    excluded_so_far: Count
    recipients: tuple[Recipient, ...]
    recipients_so_far: Count
    """With this chunk; the first of the chunk has the number `recipients_so_far - len(recipients) + 1`."""
    roles: tuple[str, ...]
    run: Position
    subscriptions: tuple[SubscriptionCount, ...]


class Result(StrEnum):
    """What came of an attempt."""

    ACCEPTED = "accepted"
    """The server took it: from this instant the recipient counts as told."""
    TRANSIENT = "transient"
    """Not now; it is tried again."""
    PERMANENT = "permanent"
    """Never: failed."""
    SUPPRESSED = "suppressed"
    """Not tried, for the address bounced before: failed."""
    GIVEN_UP = "given_up"
    """Tried too often: failed."""
    UNKNOWN = "unknown"
    """A worker ended before it could say: it may have arrived. It is tried again, so this is where a duplicate shows."""
    BOUNCED = "bounced"
    """It was accepted, and came back later: failed after all."""


class Outcome(NamedTuple):
    """One attempt, or one report of it."""

    recipient: int
    """The recipient's number in the run, from 1."""
    result: Result
    milliseconds: int
    """After the event's `since`."""
    code: str | None
    """What the server answered: `250`, `550 5.1.1`, an HTTP status. Never an address."""
    reference: str | None
    """Under which the server knows it: a queue id."""


class DeliveriesRecorded(Event):
    """A chunk of outcomes."""

    topic: ClassVar[str] = "DeliveriesRecorded.v1"

    accepted: Count
    """Recipients who count as told, with this chunk."""
    channel: str
    """By which it was sent: `smtp`, `webhook`, `file`, `console`; or as a provider reports it."""
    failed: Count
    """Recipients who count as failed, with this chunk."""
    outcomes: tuple[Outcome, ...]
    reported_by: str | None
    """Who says so, where the ledger did not send it itself."""
    run: Position
    since: Instant


class RecipientAcknowledged(Event):
    """A recipient said that the notice was read."""

    topic: ClassVar[str] = "RecipientAcknowledged.v1"

    acknowledged_at: Instant
    recipient: Annotated[int, Field(ge=1)]
    run: Position


class NotificationRunClosed(Event):
    """Everybody is accounted for: expected = accepted + failed + excluded."""

    topic: ClassVar[str] = "NotificationRunClosed.v1"

    accepted: Count
    closed_at: Instant
    digest: str
    """The audience's."""
    excluded: Count
    expected: Count
    failed: Count
    run: Position


NoticeEvent = NotificationRunOpened | AudienceRecorded | DeliveriesRecorded | RecipientAcknowledged | NotificationRunClosed
