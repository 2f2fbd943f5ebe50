"""A subscription as its history has made it: who holds which role, and what is deployed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import assert_never, cast

from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    RoleAssigned,
    RoleRevoked,
    SubscriptionEvent,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.recorded import Recorded

AssignmentKey = tuple[str, str, str | None]
"""Principal, role, and the group through which it is held."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Its roles, deployments and webhooks."""

    id: str
    version: int = 0
    roles: Mapping[AssignmentKey, RoleAssigned] = field(default_factory=dict)
    deployments: Mapping[str, DeploymentCreated] = field(default_factory=dict)
    webhooks: frozenset[str] = frozenset()

    def members(self, roles: Iterable[str]) -> frozenset[str]:
        """Return the principals that hold any of some roles."""
        wanted = frozenset(roles)
        return frozenset(principal for principal, role, _ in self.roles if role in wanted)


def evolve(subscription: Subscription, entry: Recorded) -> Subscription:
    """Take in what one event means to it. It has happened, so nothing is refused here."""
    event = cast("SubscriptionEvent", entry.event)
    now = replace(subscription, version=entry.version)
    match event:
        case RoleAssigned():
            return replace(now, roles={**now.roles, (event.principal, event.role, event.via): event})
        case RoleRevoked():
            gone = (event.principal, event.role, event.via)
            return replace(now, roles={key: role for key, role in now.roles.items() if key != gone})
        case DeploymentCreated():
            return replace(now, deployments={**now.deployments, event.deployment: event})
        case DeploymentDeleted():
            return replace(now, deployments={name: d for name, d in now.deployments.items() if name != event.deployment})
        case WebhookRegistered():
            return replace(now, webhooks=now.webhooks | {event.webhook})
        case WebhookRemoved():
            return replace(now, webhooks=now.webhooks - {event.webhook})
        case _:
            assert_never(event)


def fold(subscription: str, history: Sequence[Recorded]) -> Subscription:
    """Make the subscription from its history."""
    return reduce(evolve, history, Subscription(subscription))


def seen_by(history: Sequence[Recorded], at: datetime) -> Sequence[Recorded]:
    """Return what had been seen of a subscription by an instant in the world."""
    return [entry for entry in history if cast("SubscriptionEvent", entry.event).seen_at <= at]
