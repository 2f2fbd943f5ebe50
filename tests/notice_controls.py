"""One rich example of every event about subscriptions, people and notification runs."""

from datetime import UTC, datetime

from domain.dates import firm, not_before
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
from domain.events import Event
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    Excluded,
    Exclusion,
    NotificationRunClosed,
    NotificationRunOpened,
    Outcome,
    Reason,
    Recipient,
    RecipientAcknowledged,
    Replacement,
    Result,
    RunCause,
    Schedule,
    SubscriptionCount,
)
from domain.stages import Stage
from domain.subjects import WHOLE, Scope, SubjectKey

_MODEL = SubjectKey.parse("azure/mistral-large")
_SEEN = datetime(2024, 11, 20, 8, tzinfo=UTC)
_TOLD = datetime(2024, 11, 22, 9, 30, tzinfo=UTC)
_SUBSCRIPTION = "6f1c3a52-0000-4000-8000-000000000001"
_PERSON = "Zk3vQ0p8R_tXw-1a"
_WEBHOOK = "whk-9sD2kLm4Qp7x"

EXAMPLES: tuple[Event, ...] = (
    RoleAssigned(
        level=Level.MANAGEMENT_GROUP,
        principal=_PERSON,
        principal_kind=PrincipalKind.USER,
        role="monitoring reader",
        seen_at=_SEEN,
        source="az role assignment list",
        subscription=_SUBSCRIPTION,
        via="Gq7nT2b5Yc8eUf0h",
    ),
    RoleRevoked(principal=_PERSON, role="owner", seen_at=_SEEN, source="az role assignment list", subscription=_SUBSCRIPTION, via=None),
    DeploymentCreated(
        deployment="workspace/mistral",
        key=_MODEL,
        scope=Scope.of({"deployment_type": "serverless", "region": "eastus2"}),
        seen_at=_SEEN,
        source="az ml serverless-endpoint list",
        subscription=_SUBSCRIPTION,
    ),
    DeploymentDeleted(deployment="workspace/mistral", seen_at=_SEEN, source="az ml serverless-endpoint list", subscription=_SUBSCRIPTION),
    WebhookRegistered(seen_at=_SEEN, subscription=_SUBSCRIPTION, webhook=_WEBHOOK),
    WebhookRemoved(seen_at=_SEEN, subscription=_SUBSCRIPTION, webhook=_WEBHOOK),
    OptedOut(person=_PERSON, seen_at=_SEEN),
    OptedIn(person=_PERSON, seen_at=_SEEN),
    PersonErased(person=_PERSON, seen_at=_SEEN),
    NotificationRunOpened(
        after=Schedule(deprecated=firm("2025-01-15"), legacy=firm("2024-12-15"), retired=firm("2025-04-15")),
        before=Schedule(deprecated=None, legacy=None, retired=not_before("2025-03-01")),
        cause=RunCause.MOVED,
        claim=7,
        deprecated_days_min=90,
        key=_MODEL,
        legacy_days_min=30,
        link="https://learn.microsoft.com/azure/machine-learning/concept-model-lifecycle-and-retirement",
        name="Mistral-large",
        opened_at=_TOLD,
        policy_version=1,
        provider="Mistral AI",
        replacements=(Replacement(stage=Stage.GENERALLY_AVAILABLE, subject="azure/mistral-large-2407"),),
        replacements_before=(),
        roles=("owner", "contributor", "reader", "monitoring contributor", "monitoring reader"),
        run=8,
        scope=WHOLE,
    ),
    AudienceRecorded(
        chunk=1,
        complete=True,
        counts={"owner": 1, "reader": 2},
        digest="9b2f1c0a7d5e4f3b8a6c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c",
        excluded=(Excluded("Sp4mB0tA1c2D3e4F", Exclusion.SERVICE_PRINCIPAL, (Reason(0, 1),)),),
        excluded_so_far=1,
        recipients=(Recipient(_PERSON, 2, (Reason(0, 0), Reason(1, 1))), Recipient(_WEBHOOK, 0, (Reason(0, -1),))),
        recipients_so_far=2,
        roles=("owner", "reader"),
        run=8,
        subscriptions=(SubscriptionCount(_SUBSCRIPTION, 3), SubscriptionCount("6f1c3a52-0000-4000-8000-000000000002", 1)),
    ),
    DeliveriesRecorded(
        accepted=1,
        channel="smtp",
        failed=1,
        outcomes=(
            Outcome(1, Result.ACCEPTED, 0, "250", "4XyZ9"),
            Outcome(2, Result.PERMANENT, 1250, "550 5.1.1", None),
        ),
        reported_by=None,
        run=8,
        since=_TOLD,
    ),
    RecipientAcknowledged(acknowledged_at=datetime(2024, 11, 25, 7, 0, 0, 250_000, tzinfo=UTC), recipient=1, run=8),
    NotificationRunClosed(
        accepted=1,
        closed_at=datetime(2024, 11, 23, tzinfo=UTC),
        digest="9b2f1c0a7d5e4f3b8a6c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c",
        excluded=1,
        expected=3,
        failed=1,
        run=8,
    ),
)
