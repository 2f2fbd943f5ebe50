"""All events of the ledger. Each has one topic, registered once and kept for ever."""

from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    OptedIn,
    OptedOut,
    PersonErased,
    RoleAssigned,
    RoleRevoked,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.events import (
    AnnouncementWithdrawn,
    Event,
    ModelListed,
    PageObserved,
    PolicyAdopted,
    RetirementAnnounced,
    StageEntered,
)
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    NotificationRunClosed,
    NotificationRunOpened,
    RecipientAcknowledged,
)

EVENT_TYPES: tuple[type[Event], ...] = (
    ModelListed,
    RetirementAnnounced,
    AnnouncementWithdrawn,
    StageEntered,
    PageObserved,
    PolicyAdopted,
    RoleAssigned,
    RoleRevoked,
    DeploymentCreated,
    DeploymentDeleted,
    WebhookRegistered,
    WebhookRemoved,
    OptedOut,
    OptedIn,
    PersonErased,
    NotificationRunOpened,
    AudienceRecorded,
    DeliveriesRecorded,
    RecipientAcknowledged,
    NotificationRunClosed,
)
