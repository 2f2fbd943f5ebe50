"""A subscription on the wire."""

from api import wire_answers as wire
from domain.directory.subscription import Subscription


def wire_subscription(found: Subscription) -> wire.JSON:
    """Write a subscription: people under their opaque ids."""
    roles = sorted(found.roles.values(), key=lambda role: (role.role, role.principal, role.via or ""))
    return {
        "subscription": found.id,
        "roles": [
            {
                "principal": role.principal,
                "kind": role.principal_kind,
                "role": role.role,
                "level": role.level,
                "via": role.via,
                "since": wire.instant(role.seen_at),
            }
            for role in roles
        ],
        "deployments": [
            {
                "deployment": deployment.deployment,
                "model": str(deployment.key),
                "scope": deployment.scope.as_dict(),
                "since": wire.instant(deployment.seen_at),
            }
            for _, deployment in sorted(found.deployments.items())
        ],
        "webhooks": sorted(found.webhooks),
        "version": found.version,
    }
