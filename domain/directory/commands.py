"""Commands about subscriptions and people."""

from dataclasses import dataclass
from typing import Literal

from domain.command import Command
from domain.directory.events import Level, PrincipalKind
from domain.instants import Instant
from domain.subjects import KeyField, ScopeField


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A role that a principal holds."""

    principal: str
    kind: PrincipalKind
    role: str
    level: Level = Level.SUBSCRIPTION
    via: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A serverless deployment of a model."""

    name: str
    key: KeyField
    scope: ScopeField


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSnapshot:
    """All roles of a subscription, or all its deployments, or both. None: the snapshot does not say."""

    subscription: str
    assignments: tuple[Assignment, ...] | None = None
    deployments: tuple[Deployment, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSnapshot(Command):
    """A directory was read: what changed since is recorded, together or not at all."""

    subscriptions: tuple[SubscriptionSnapshot, ...]
    source: str
    seen_at: Instant | None = None
    forced: Literal[True] | None = None
    """Believe it even where half of what was there is gone."""
    quiet: Literal[True] | None = None
    """Open no run for those who join by it: they are told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRole(Command):
    """A principal takes a role."""

    subscription: str
    assignment: Assignment
    source: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole(Command):
    """A principal gives a role up."""

    subscription: str
    principal: str
    role: str
    via: str | None = None
    source: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDeployment(Command):
    """A deployment is to be made: refused where the model's stage forbids it."""

    subscription: str
    deployment: Deployment
    source: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDeployment(Command):
    """A deployment is gone."""

    subscription: str
    deployment: str
    source: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWebhook(Command):
    """A subscription is to be told by a webhook, too."""

    subscription: str
    webhook: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWebhook(Command):
    """A webhook is to be told no longer."""

    subscription: str
    webhook: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut(Command):
    """A person does not want to be told."""

    person: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn(Command):
    """A person wants to be told again."""

    person: str
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordErasure(Command):
    """What was known of a person has been destroyed."""

    person: str
    seen_at: Instant | None = None


SubscriptionCommand = AssignRole | RevokeRole | CreateDeployment | DeleteDeployment | RegisterWebhook | RemoveWebhook
PersonCommand = OptOut | OptIn | RecordErasure
DirectoryCommand = RecordSnapshot | SubscriptionCommand | PersonCommand
