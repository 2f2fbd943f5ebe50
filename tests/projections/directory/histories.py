"""Histories of a small directory, and what a plain replay says of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    Level,
    OptedIn,
    OptedOut,
    PersonErased,
    PersonEvent,
    PrincipalKind,
    RoleAssigned,
    RoleRevoked,
    SubscriptionEvent,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.events import Event
from domain.notices.audience import Member
from domain.streams import person_stream, subscription_stream
from domain.subjects import WHOLE, Scope, SubjectKey

SUBSCRIPTIONS = ("s-1", "s-2", "s-10")
MODEL, OTHER = SubjectKey("azure", "m"), SubjectKey("azure", "m-2")
ROLES = ("owner", "reader")
UNTOLD = "billing reader"
PRINCIPALS = {"ann": PrincipalKind.USER, "bob": PrincipalKind.USER, "crew": PrincipalKind.GROUP, "daemon": PrincipalKind.SERVICE_PRINCIPAL}
SCOPES = (WHOLE, Scope.of({"version": "1"}), Scope.of({"region": "eu", "version": "2"}), Scope.of({"region": "us"}))
START = datetime(2025, 1, 1, tzinfo=UTC)

AnyEvent = SubscriptionEvent | PersonEvent
Reason = tuple[str, str]


@dataclass
class Place:
    """A subscription as replayed: each thing that stands, with the position at which it began."""

    roles: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Principal, role and via."""
    deployments: dict[str, tuple[SubjectKey, Scope]] = field(default_factory=dict)
    webhooks: dict[str, int] = field(default_factory=dict)

    def has(self, key: SubjectKey, scope: Scope) -> bool:
        return any(of == key and at.meets(scope) for of, at in self.deployments.values())

    def held(self, roles: Iterable[str]) -> dict[Reason, int]:
        """Who holds which role, a group only where nobody stands there by it; with the latest beginning."""
        found: dict[Reason, int] = {}
        for (principal, role, _), since in self.roles.items():
            expanded = any(via == principal and of == role for _, of, via in self.roles)
            if role in roles and not (PRINCIPALS[principal] is PrincipalKind.GROUP and expanded):
                found[principal, role] = max(since, found.get((principal, role), 0))
        return found


def stream_of(event: AnyEvent) -> str:
    return person_stream(event.person) if isinstance(event, OptedOut | OptedIn | PersonErased) else subscription_stream(event.subscription)


def replayed(events: Sequence[Event], upto: int) -> dict[str, Place]:
    """The subscriptions as they stood at a position, counted from 1."""
    places: dict[str, Place] = {}
    for position, event in enumerate(events[:upto], start=1):
        place = places.setdefault(getattr(event, "subscription", ""), Place())
        match event:
            case RoleAssigned():
                place.roles[event.principal, event.role, event.via or ""] = position
            case RoleRevoked():
                del place.roles[event.principal, event.role, event.via or ""]
            case DeploymentCreated():
                place.deployments[event.deployment] = (event.key, event.scope)
            case DeploymentDeleted():
                del place.deployments[event.deployment]
            case WebhookRegistered():
                place.webhooks[event.webhook] = position
            case WebhookRemoved():
                del place.webhooks[event.webhook]
            case _:
                pass
    places.pop("", None)
    return places


def members_of(events: Sequence[Event], scope: Scope, position: int, joined_from: int | None) -> list[Member]:
    """Who has to be told of the model, by a plain replay."""
    now, before = replayed(events, position), replayed(events, joined_from - 1 if joined_from else 0)
    found: dict[str, set[Reason]] = {}
    for name, place in now.items():
        if not place.has(MODEL, scope):
            continue
        earlier = before.get(name, Place())
        told = earlier.has(MODEL, scope)
        known = {principal for principal, _ in earlier.held(ROLES)} | set(earlier.webhooks)
        standing = {**place.held(ROLES), **{(webhook, ""): since for webhook, since in place.webhooks.items()}}
        for (who, role), since in standing.items():
            if joined_from is None or not told or (since >= joined_from and who not in known):
                found.setdefault(who, set()).add((name, role))
    members = [Member(who, PRINCIPALS.get(who), tuple(sorted(reasons))) for who, reasons in found.items()]
    return sorted(members, key=lambda member: (member.reasons[0][0], member.id))


@st.composite
def histories(draw: st.DrawFn, length_max: int = 14) -> list[AnyEvent]:
    """What can be recorded of a directory: nothing is given that is held, and nothing is taken that is not."""
    events: list[AnyEvent] = []
    wishes: dict[str, str] = {}
    for number in range(draw(st.integers(1, length_max))):
        at, name = START + timedelta(hours=number), draw(st.sampled_from(SUBSCRIPTIONS))
        place = replayed(events, len(events)).get(name, Place())
        match draw(st.sampled_from(["role", "role", "role", "deployment", "deployment", "webhook", "wish"])):
            case "role":
                events.append(_role(draw, place, name, at))
            case "deployment":
                events.append(_deployment(draw, place, name, at))
            case "webhook":
                webhook = f"hook-{name}"
                changed = WebhookRemoved if webhook in place.webhooks else WebhookRegistered
                events.append(changed(seen_at=at, subscription=name, webhook=webhook))
            case _:
                events.append(_wish(draw, wishes, at))
    return events


def _role(draw: st.DrawFn, place: Place, name: str, at: datetime) -> AnyEvent:
    principal, role = draw(st.sampled_from(sorted(PRINCIPALS))), draw(st.sampled_from([*ROLES, UNTOLD]))
    via = draw(st.sampled_from([None, "crew"])) if principal != "crew" else None
    if (principal, role, via or "") in place.roles:
        return RoleRevoked(principal=principal, role=role, seen_at=at, source="test", subscription=name, via=via)
    kind = PRINCIPALS[principal]
    return RoleAssigned(
        level=Level.ROOT, principal=principal, principal_kind=kind, role=role, seen_at=at, source="test", subscription=name, via=via
    )


def _deployment(draw: st.DrawFn, place: Place, name: str, at: datetime) -> AnyEvent:
    deployment = draw(st.sampled_from(["a", "b"]))
    if deployment in place.deployments:
        return DeploymentDeleted(deployment=deployment, seen_at=at, source="test", subscription=name)
    key, scope = draw(st.sampled_from([MODEL, MODEL, OTHER])), draw(st.sampled_from(SCOPES))
    return DeploymentCreated(deployment=deployment, key=key, scope=scope, seen_at=at, source="test", subscription=name)


def _wish(draw: st.DrawFn, wishes: dict[str, str], at: datetime) -> AnyEvent:
    person = draw(st.sampled_from(["ann", "bob"]))
    if wishes.get(person) == "opted_out":
        del wishes[person]
        return OptedIn(person=person, seen_at=at)
    if wishes.get(person) == "erased" or draw(st.booleans()):
        wishes[person] = "erased"
        return PersonErased(person=person, seen_at=at)
    wishes[person] = "opted_out"
    return OptedOut(person=person, seen_at=at)
