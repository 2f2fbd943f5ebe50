"""Commands about subscriptions with sensible defaults, and subscriptions as events have made them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.directory.commands import Assignment, CreateDeployment, Deployment, RecordSnapshot, SubscriptionSnapshot
from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    Level,
    OptedIn,
    OptedOut,
    PersonErased,
    PrincipalKind,
    RoleAssigned,
    RoleRevoked,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.directory.subscription import Subscription, fold
from domain.events import Event
from domain.recorded import Recorded
from domain.subjects import Scope, SubjectKey
from tests.ledgers import NOW
from tests.spec import KEY, TICK, Parts, at

S1, S2 = "s-1", "s-2"
AZ = "az"
SEEN = "2025-01-10"


def assignment(
    principal: str = "ann", role: str = "owner", *, via: str | None = None, kind: PrincipalKind = PrincipalKind.USER
) -> Assignment:
    return Assignment(principal=principal, kind=kind, role=role, level=Level.SUBSCRIPTION, via=via)


def deployment(name: str = "chat", key: SubjectKey = KEY, **scope: str) -> Deployment:
    return Deployment(name=name, key=key, scope=Scope.of(scope))


def subscription_snapshot(
    subscription: str = S1, *, roles: Iterable[Assignment] | None = None, deployments: Iterable[Deployment] | None = None
) -> SubscriptionSnapshot:
    return SubscriptionSnapshot(
        subscription=subscription,
        assignments=None if roles is None else tuple(roles),
        deployments=None if deployments is None else tuple(deployments),
    )


def snapshot(*subscriptions: SubscriptionSnapshot, seen_at: str | None = None, forced: bool = False, quiet: bool = False) -> RecordSnapshot:
    return RecordSnapshot(
        subscriptions=subscriptions,
        source=AZ,
        seen_at=at(seen_at) if seen_at else None,
        forced=True if forced else None,
        quiet=True if quiet else None,
    )


def deploy(wanted: Deployment | None = None, subscription: str = S1, *, seen_at: str | None = None) -> CreateDeployment:
    when = at(seen_at) if seen_at else None
    return CreateDeployment(subscription=subscription, deployment=wanted or deployment(), source=AZ, seen_at=when)


# --- What was recorded ------------------------------------------------------------------------------------------------


def assigned(
    principal: str = "ann", role: str = "owner", seen_at: str = SEEN, *, via: str | None = None, kind: PrincipalKind = PrincipalKind.USER
) -> RoleAssigned:
    return RoleAssigned(
        level=Level.SUBSCRIPTION,
        principal=principal,
        principal_kind=kind,
        role=role,
        seen_at=at(seen_at),
        source=AZ,
        subscription=S1,
        via=via,
    )


def revoked(principal: str = "ann", role: str = "owner", seen_at: str = SEEN, *, via: str | None = None) -> RoleRevoked:
    return RoleRevoked(principal=principal, role=role, seen_at=at(seen_at), source=AZ, subscription=S1, via=via)


def created(name: str = "chat", seen_at: str = SEEN, *, key: SubjectKey = KEY, scope: Parts | None = None) -> DeploymentCreated:
    return DeploymentCreated(deployment=name, key=key, scope=Scope.of(scope or {}), seen_at=at(seen_at), source=AZ, subscription=S1)


def deleted(name: str = "chat", seen_at: str = SEEN) -> DeploymentDeleted:
    return DeploymentDeleted(deployment=name, seen_at=at(seen_at), source=AZ, subscription=S1)


def hooked(webhook: str = "hook", seen_at: str = SEEN) -> WebhookRegistered:
    return WebhookRegistered(seen_at=at(seen_at), subscription=S1, webhook=webhook)


def unhooked(webhook: str = "hook", seen_at: str = SEEN) -> WebhookRemoved:
    return WebhookRemoved(seen_at=at(seen_at), subscription=S1, webhook=webhook)


def opted_out(seen_at: str = SEEN) -> OptedOut:
    return OptedOut(person="ann", seen_at=at(seen_at))


def opted_in(seen_at: str = SEEN) -> OptedIn:
    return OptedIn(person="ann", seen_at=at(seen_at))


def erased(seen_at: str = SEEN) -> PersonErased:
    return PersonErased(person="ann", seen_at=at(seen_at))


def recorded(events: Sequence[Event], stream: str = f"subscription:{S1}", first_at: datetime | None = None) -> tuple[Recorded, ...]:
    """Events as one stream holds them."""
    start = first_at or at(NOW)
    return tuple(Recorded(n, stream, n, start + n * TICK, "tester", event) for n, event in enumerate(events, 1))


def known(*events: Event) -> Subscription:
    return fold(S1, recorded(events))
