"""Snapshots of subscriptions: what was gathered of each, under opaque ids."""

from collections.abc import Mapping

from api.directory.gathering import Gathered
from api.directory.readers.found import ListingKind
from domain.directory.commands import Assignment, Deployment, SubscriptionSnapshot
from domain.directory.subscription import Subscription


def snapshot_of(found: Gathered, subscription: str, ids: Mapping[str, str]) -> SubscriptionSnapshot:
    """Return all that was listed of a subscription; `ids` are the opaque ones, by directory id."""
    roles, deployments = found.roles.get(subscription), found.deployments.get(subscription)
    assignments = None
    if roles is not None:
        assignments = tuple(
            Assignment(
                principal=ids[principal], kind=found.principal(principal).kind, role=role, level=level, via=ids[via] if via else None
            )
            for (principal, role, via), level in roles.items()
        )
    return SubscriptionSnapshot(
        subscription=subscription, assignments=assignments, deployments=None if deployments is None else tuple(deployments.values())
    )


def with_what_stands(snapshot: SubscriptionSnapshot, known: Subscription) -> SubscriptionSnapshot:
    """Add what is recorded to what was found, so that nothing is taken away."""
    assignments, deployments = snapshot.assignments, snapshot.deployments
    if assignments is not None:
        found = {(one.principal, one.role, one.via) for one in assignments}
        standing = (
            Assignment(principal=role.principal, kind=role.principal_kind, role=role.role, level=role.level, via=role.via)
            for key, role in known.roles.items()
            if key not in found
        )
        assignments = (*assignments, *standing)
    if deployments is not None:
        names = {one.name for one in deployments}
        more = (Deployment(name=d.deployment, key=d.key, scope=d.scope) for name, d in known.deployments.items() if name not in names)
        deployments = (*deployments, *more)
    return SubscriptionSnapshot(subscription=snapshot.subscription, assignments=assignments, deployments=deployments)


def emptied(subscription: str, kinds: set[ListingKind]) -> SubscriptionSnapshot:
    """Return that nothing of some kinds stands any more."""
    return SubscriptionSnapshot(
        subscription=subscription,
        assignments=() if ListingKind.ROLES in kinds else None,
        deployments=() if ListingKind.DEPLOYMENTS in kinds else None,
    )


def kinds_of(known: Subscription) -> set[ListingKind]:
    """Return of what kinds anything stands."""
    standing = {ListingKind.ROLES: known.roles, ListingKind.DEPLOYMENTS: known.deployments}
    return {kind for kind, found in standing.items() if found}
