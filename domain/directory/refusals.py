"""What the directory refuses."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import LedgerError, shown
from domain.instants import format_instant
from domain.stages import Stage
from domain.subjects import SubjectKey


@dataclass(eq=False)
class SnapshotTooSmall(LedgerError):
    """A snapshot in which most of what was there is gone: more likely a listing that was cut short."""

    subscription: str
    what: str
    """`roles` or `deployments`."""
    before: int
    now: int

    @property
    def sentence(self) -> str:
        return (
            f"The snapshot has {self.now} {self.what} of subscription {shown(self.subscription)}, where {self.before} are recorded. "
            "List them again; if it is so, force it (forced: true)."
        )


@dataclass(eq=False)
class SubscriptionTwice(LedgerError):
    """A subscription that stands in a snapshot twice."""

    subscription: str

    @property
    def sentence(self) -> str:
        return f"The snapshot names subscription {shown(self.subscription)} twice. Name it once, with all its roles and deployments."


@dataclass(eq=False)
class SnapshotOlder(LedgerError):
    """What was seen before something that is recorded already."""

    subscription: str
    seen_at: datetime
    last_seen_at: datetime

    @property
    def sentence(self) -> str:
        return (
            f"Subscription {shown(self.subscription)} was seen at {format_instant(self.last_seen_at)} already; "
            f"what was seen before, at {format_instant(self.seen_at)}, is recorded no more."
        )


@dataclass(eq=False)
class SeenInFuture(LedgerError):
    """A directory cannot have been read in the future."""

    seen_at: datetime
    now: datetime

    @property
    def sentence(self) -> str:
        return (
            f"Nothing can have been seen at {format_instant(self.seen_at)}: it is {format_instant(self.now)}. Check the time that you give."
        )


@dataclass(eq=False)
class DeploymentRefused(LedgerError):
    """A model whose stage allows no new deployments."""

    key: SubjectKey
    stage: Stage
    since: datetime | None
    replacements: tuple[str, ...]
    policy_version: int | None
    """Of the policy in force; none where the catalog has none."""

    @property
    def sentence(self) -> str:
        since = f" since {format_instant(self.since)}" if self.since else ""
        instead = f" Deploy {' or '.join(self.replacements)} instead." if self.replacements else ""
        return f"{self.key} is {self.stage}{since}, and takes no new deployments.{instead}"


@dataclass(eq=False)
class AlreadyDeployed(LedgerError):
    """A deployment's name that is taken."""

    subscription: str
    deployment: str

    @property
    def sentence(self) -> str:
        return f"Subscription {shown(self.subscription)} has a deployment {shown(self.deployment)}. Delete it first, or use another name."


@dataclass(eq=False)
class NotInSubscription(LedgerError):
    """Something that a subscription does not have."""

    subscription: str
    what: str

    @property
    def sentence(self) -> str:
        return f"Subscription {shown(self.subscription)} has no such {self.what}. Look at the subscription for those that it has."


@dataclass(eq=False)
class NoSuchSubscription(LedgerError):
    """A subscription of which nothing is recorded."""

    subscription: str

    @property
    def sentence(self) -> str:
        return f"This ledger holds nothing about subscription {shown(self.subscription)}. Import its roles or its deployments first."


@dataclass(eq=False)
class NoSuchPerson(LedgerError):
    """A person of whom nothing is known, or no longer."""

    person: str
    """An opaque id; never an address."""

    @property
    def sentence(self) -> str:
        named = f" {shown(self.person)}" if self.person else ""
        return f"Nobody{named} is known here. Give an opaque id, a directory id or an address of somebody in the directory."
