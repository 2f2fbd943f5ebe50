"""Decisions about subscriptions: what changed between what is recorded and what was seen. Pure; each returns events, or refuses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from domain.directory import refusals
from domain.directory.commands import (
    Assignment,
    AssignRole,
    CreateDeployment,
    DeleteDeployment,
    Deployment,
    RecordSnapshot,
    RegisterWebhook,
    RemoveWebhook,
    RevokeRole,
    SubscriptionSnapshot,
)
from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    RoleAssigned,
    RoleRevoked,
    SubscriptionEvent,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.directory.subscription import AssignmentKey, Subscription
from domain.events import PolicyAdopted
from domain.rules.access import Operation, allows
from domain.rules.answers import StageAnswer, Status


def take_snapshot(
    known: Subscription, snapshot: SubscriptionSnapshot, source: str, seen_at: datetime, *, forced: bool
) -> Sequence[SubscriptionEvent]:
    """Record only the difference. A snapshot with fewer than half as many as are recorded is refused, unless somebody insists."""
    events: list[SubscriptionEvent] = []
    if snapshot.assignments is not None:
        wanted = {(a.principal, a.role, a.via): a for a in snapshot.assignments}
        _refuse_half_empty(known.id, "roles", len(known.roles), len(wanted), forced=forced)
        events += _role_changes(known, wanted, source, seen_at)
    if snapshot.deployments is not None:
        listed = {deployment.name: deployment for deployment in snapshot.deployments}
        _refuse_half_empty(known.id, "deployments", len(known.deployments), len(listed), forced=forced)
        events += _deployment_changes(known, listed, source, seen_at)
    return events


def refuse_twice(command: RecordSnapshot) -> None:
    """A subscription stands in a snapshot once: what it says there is all of it."""
    for subscription, times in Counter(snapshot.subscription for snapshot in command.subscriptions).items():
        if times > 1:
            raise refusals.SubscriptionTwice(subscription)


def _refuse_half_empty(subscription: str, what: str, before: int, now: int, *, forced: bool) -> None:
    if not forced and 2 * now < before:
        raise refusals.SnapshotTooSmall(subscription, what, before, now)


def _role_changes(
    known: Subscription, wanted: Mapping[AssignmentKey, Assignment], source: str, seen_at: datetime
) -> Iterator[SubscriptionEvent]:
    for key, held in known.roles.items():
        if not _stands(held, wanted.get(key)):
            yield _revoked(held, source, seen_at)
    for key, assignment in wanted.items():
        if not _stands(known.roles.get(key), assignment):
            yield _assigned(known.id, assignment, source, seen_at)


def _stands(held: RoleAssigned | None, wanted: Assignment | None) -> bool:
    """Tell whether a role is held as it is seen. Its level is left alone: one role may be assigned at several, and is listed for each."""
    return held is not None and wanted is not None and held.principal_kind is wanted.kind


def _deployment_changes(
    known: Subscription, listed: Mapping[str, Deployment], source: str, seen_at: datetime
) -> Iterator[SubscriptionEvent]:
    for name, standing in known.deployments.items():
        found = listed.get(name)
        if found is None or (found.key, found.scope) != (standing.key, standing.scope):
            yield DeploymentDeleted(deployment=name, seen_at=seen_at, source=source, subscription=known.id)
    for name, found in listed.items():
        before = known.deployments.get(name)
        if before is None or (found.key, found.scope) != (before.key, before.scope):
            yield _created(known.id, found, source, seen_at)


def assign_role(known: Subscription, command: AssignRole, seen_at: datetime) -> Sequence[SubscriptionEvent]:
    """A role that is held already is not assigned again."""
    wanted = command.assignment
    held = known.roles.get((wanted.principal, wanted.role, wanted.via))
    if _stands(held, wanted):
        return ()
    before = [_revoked(held, command.source, seen_at)] if held else []
    return [*before, _assigned(known.id, wanted, command.source, seen_at)]


def revoke_role(known: Subscription, command: RevokeRole, seen_at: datetime) -> Sequence[SubscriptionEvent]:
    """Only a role that is held can be given up."""
    held = known.roles.get((command.principal, command.role, command.via))
    if held is None:
        raise refusals.NotInSubscription(known.id, "role assignment")
    return [_revoked(held, command.source, seen_at)]


def create_deployment(
    known: Subscription, command: CreateDeployment, told: StageAnswer, policy: PolicyAdopted | None, seen_at: datetime
) -> Sequence[SubscriptionEvent]:
    """A deployment is recorded where the model's stage allows one, by the policy in force."""
    wanted = command.deployment
    if wanted.name in known.deployments:
        raise refusals.AlreadyDeployed(known.id, wanted.name)
    if told.status is Status.STAGE and told.stage is not None and not allows(told.stage, Operation.CREATE, policy):
        raise refusals.DeploymentRefused(wanted.key, told.stage, told.since, tuple(told.replacements), policy.version if policy else None)
    return [_created(known.id, wanted, command.source, seen_at)]


def delete_deployment(known: Subscription, command: DeleteDeployment, seen_at: datetime) -> Sequence[SubscriptionEvent]:
    """Only a deployment that is there can be deleted."""
    if command.deployment not in known.deployments:
        raise refusals.NotInSubscription(known.id, "deployment")
    return [DeploymentDeleted(deployment=command.deployment, seen_at=seen_at, source=command.source, subscription=known.id)]


def register_webhook(known: Subscription, command: RegisterWebhook, seen_at: datetime) -> Sequence[SubscriptionEvent]:
    """A webhook that is registered is not registered again."""
    if command.webhook in known.webhooks:
        return ()
    return [WebhookRegistered(seen_at=seen_at, subscription=known.id, webhook=command.webhook)]


def remove_webhook(known: Subscription, command: RemoveWebhook, seen_at: datetime) -> Sequence[SubscriptionEvent]:
    """Only a webhook that is registered can be removed."""
    if command.webhook not in known.webhooks:
        raise refusals.NotInSubscription(known.id, "webhook")
    return [WebhookRemoved(seen_at=seen_at, subscription=known.id, webhook=command.webhook)]


def seen_at_of(stated: datetime | None, now: datetime, subscription: str, last: datetime | None) -> datetime:
    """Return when something was seen. A subscription's history goes forward."""
    seen_at = not_ahead(stated, now)
    if last is not None and seen_at < last:
        raise refusals.SnapshotOlder(subscription, seen_at, last)
    return seen_at


def not_ahead(stated: datetime | None, now: datetime) -> datetime:
    """Return an instant as stated, else now. Nothing was seen in the future."""
    if stated is not None and stated > now:
        raise refusals.SeenInFuture(stated, now)
    return stated or now


def joined_deployments(
    before: Subscription, after: Subscription, events: Iterable[SubscriptionEvent], roles: Iterable[str]
) -> Sequence[DeploymentCreated]:
    """Return the deployments of which somebody has to be told now: new ones, and all where somebody took a first role that is told."""
    if after.members(roles) - before.members(roles):
        return tuple(after.deployments.values())
    return tuple(event for event in events if isinstance(event, DeploymentCreated) and after.deployments.get(event.deployment) is event)


def _assigned(subscription: str, assignment: Assignment, source: str, seen_at: datetime) -> RoleAssigned:
    return RoleAssigned(
        level=assignment.level,
        principal=assignment.principal,
        principal_kind=assignment.kind,
        role=assignment.role,
        seen_at=seen_at,
        source=source,
        subscription=subscription,
        via=assignment.via,
    )


def _revoked(held: RoleAssigned, source: str, seen_at: datetime) -> RoleRevoked:
    return RoleRevoked(
        principal=held.principal, role=held.role, seen_at=seen_at, source=source, subscription=held.subscription, via=held.via
    )


def _created(subscription: str, deployment: Deployment, source: str, seen_at: datetime) -> DeploymentCreated:
    return DeploymentCreated(
        deployment=deployment.name,
        key=deployment.key,
        scope=deployment.scope,
        seen_at=seen_at,
        source=source,
        subscription=subscription,
    )
