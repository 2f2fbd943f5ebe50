"""What happens to a subscription and to a person. People stand here under opaque ids alone: names and addresses are kept elsewhere."""

from enum import StrEnum
from typing import ClassVar

from domain.events import Event
from domain.instants import Instant
from domain.subjects import KeyField, ScopeField


class PrincipalKind(StrEnum):
    """What holds a role."""

    USER = "user"
    GROUP = "group"
    """Its members are told where somebody says who they are; they then stand beside it, `via` the group."""
    SERVICE_PRINCIPAL = "service_principal"
    """A program: nobody reads what it is sent."""


class Level(StrEnum):
    """Where a role was assigned: at the subscription, or above it, from where it is inherited."""

    SUBSCRIPTION = "subscription"
    MANAGEMENT_GROUP = "management_group"
    ROOT = "root"


class RoleAssigned(Event):
    """A principal holds a role in a subscription. The same principal and role through a group is another assignment."""

    topic: ClassVar[str] = "RoleAssigned.v1"

    level: Level
    principal: str
    principal_kind: PrincipalKind
    role: str
    """In lower case, as the policy names it: `monitoring reader`."""
    seen_at: Instant
    """When the directory was read, or the change was made."""
    source: str
    subscription: str
    via: str | None
    """The group through which the principal holds it; null where it was assigned to the principal itself."""


class RoleRevoked(Event):
    """A principal no longer holds a role in a subscription."""

    topic: ClassVar[str] = "RoleRevoked.v1"

    principal: str
    role: str
    seen_at: Instant
    source: str
    subscription: str
    via: str | None


class DeploymentCreated(Event):
    """A subscription has a serverless deployment of a model."""

    topic: ClassVar[str] = "DeploymentCreated.v1"

    deployment: str
    """Its name, once in a subscription at a time."""
    key: KeyField
    scope: ScopeField
    """What is known of it: version, region, deployment_type."""
    seen_at: Instant
    source: str
    subscription: str


class DeploymentDeleted(Event):
    """A deployment is gone, or is of another model or version from now on."""

    topic: ClassVar[str] = "DeploymentDeleted.v1"

    deployment: str
    seen_at: Instant
    source: str
    subscription: str


class WebhookRegistered(Event):
    """A subscription is also told by a webhook. Its address and secret are kept sealed, elsewhere."""

    topic: ClassVar[str] = "WebhookRegistered.v1"

    seen_at: Instant
    subscription: str
    webhook: str


class WebhookRemoved(Event):
    """A webhook is no longer told."""

    topic: ClassVar[str] = "WebhookRemoved.v1"

    seen_at: Instant
    subscription: str
    webhook: str


class OptedOut(Event):
    """A person does not want to be told. Whoever had to be told stays on record, as excluded."""

    topic: ClassVar[str] = "OptedOut.v1"

    person: str
    seen_at: Instant


class OptedIn(Event):
    """A person wants to be told again."""

    topic: ClassVar[str] = "OptedIn.v1"

    person: str
    seen_at: Instant


class PersonErased(Event):
    """The receipt of an erasure: name, address and the way from them to this id are destroyed. The id stays in what was recorded."""

    topic: ClassVar[str] = "PersonErased.v1"

    person: str
    seen_at: Instant


SubscriptionEvent = RoleAssigned | RoleRevoked | DeploymentCreated | DeploymentDeleted | WebhookRegistered | WebhookRemoved
PersonEvent = OptedOut | OptedIn | PersonErased
