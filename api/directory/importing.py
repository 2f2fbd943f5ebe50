"""The import of directory listings: people become opaque ids, and what changed since the last listing is recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Literal

from api.directory.gathering import Gathered, Remark
from api.directory.readers.found import ListingKind
from domain.directory.commands import Assignment, Deployment, RecordSnapshot, SubscriptionSnapshot
from domain.directory.events import DeploymentCreated, DeploymentDeleted, RoleAssigned, RoleRevoked
from domain.directory.refusals import SnapshotOlder, SnapshotTooSmall
from domain.directory.subscription import Subscription, fold
from domain.errors import LedgerError
from domain.events import Event
from domain.ledger import Ledger
from domain.people.registry import Contact, People
from domain.receipts import Receipt
from domain.streams import SUBSCRIPTIONS, subscription_stream

BATCH = 500
"""Subscriptions that share a transaction, and so the runs for those who join by them."""

PEOPLE_TOGETHER = 5000


@dataclass(eq=False)
class DirectoryShrunk(LedgerError):
    """A listing of the whole directory that names fewer than half of the subscriptions that are known."""

    known: int
    named: int

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"The listing names {self.named} subscriptions, where {self.known} are known. "
            "List them again; if it is so, force it (forced: true)."
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """How a listing is to be taken."""

    source: str
    seen_at: datetime | None = None
    whole: bool = False
    """It is the whole directory: subscriptions that it does not name have nothing any more."""
    forced: bool = False
    quiet: bool = False
    """Those who join by it are told otherwise."""


@dataclass
class DirectoryReport:
    """What an import did."""

    subscriptions: int = 0
    assigned: int = 0
    revoked: int = 0
    created: int = 0
    deleted: int = 0
    runs: tuple[int, ...] = ()
    """Notification runs opened for those who joined under a schedule that stands."""
    skipped: Sequence[Remark] = ()
    unreadable: Sequence[Remark] = ()
    refused: list[str] = field(default_factory=list)
    """Why nothing of a subscription was recorded, a sentence each."""
    kept: bool = False
    """Nothing was taken away, for rows that could not be read may be what is missing."""


_COUNTED: Mapping[type[Event], str] = {
    RoleAssigned: "assigned",
    RoleRevoked: "revoked",
    DeploymentCreated: "created",
    DeploymentDeleted: "deleted",
}


@dataclass
class DirectoryImport:
    """One import."""

    ledger: Ledger
    people: People
    terms: Terms
    progress: Callable[[int], None] = lambda _: None
    """Told how many subscriptions are done."""

    def run(self, found: Gathered) -> DirectoryReport:
        """Record what changed.

        Raises:
            DirectoryShrunk: the whole directory is less than half of what it was.
            SnapshotTooSmall: the only subscription has fewer than half of its roles or deployments.
            SeenInFuture: it claims to be from the future.
        """
        report = DirectoryReport(skipped=found.skipped, unreadable=found.unreadable, kept=bool(found.unreadable))
        gone = self._gone(found) if self.terms.whole and not report.kept else []
        ids = self._identified(found)
        snapshots = (self._snapshot(found, subscription, ids, kept=report.kept) for subscription in found.subscriptions())
        self._record_all(snapshots, report, forced=self.terms.forced)
        emptied = (self._emptied(found, subscription) for subscription in gone)
        self._record_all(emptied, report, forced=True)
        return report

    def _gone(self, found: Gathered) -> Sequence[str]:
        known = [stream.removeprefix(SUBSCRIPTIONS) for stream in self.ledger.store.streams(SUBSCRIPTIONS)]
        named = frozenset(found.subscriptions())
        standing = [one for one in known if one not in named and _stands(self._known(one))]
        if not self.terms.forced and 2 * len(named) < len(standing) + len(named):
            raise DirectoryShrunk(len(standing) + len(named), len(named))
        return standing

    def _identified(self, found: Gathered) -> Mapping[str, str]:
        principals = iter(found.principals.values())
        ids: dict[str, str] = {}
        while batch := list(islice(principals, PEOPLE_TOGETHER)):
            identities = self.people.identify([Contact(one.id, one.name, one.address) for one in batch])
            ids |= {one.id: identity.id for one, identity in zip(batch, identities, strict=True)}
        return ids

    def _snapshot(self, found: Gathered, subscription: str, ids: Mapping[str, str], *, kept: bool) -> SubscriptionSnapshot:
        roles, deployments = found.roles.get(subscription), found.deployments.get(subscription)
        assignments = None
        if roles is not None:
            assignments = tuple(
                Assignment(
                    principal=ids[principal],
                    kind=found.principals[principal].kind,
                    role=role,
                    level=level,
                    via=ids[via] if via else None,
                )
                for (principal, role, via), level in roles.items()
            )
        snapshot = SubscriptionSnapshot(
            subscription=subscription,
            assignments=assignments,
            deployments=None if deployments is None else tuple(deployments.values()),
        )
        return _with_what_stands(snapshot, self._known(subscription)) if kept else snapshot

    def _emptied(self, found: Gathered, subscription: str) -> SubscriptionSnapshot:
        return SubscriptionSnapshot(
            subscription=subscription,
            assignments=() if ListingKind.ROLES in found.kinds else None,
            deployments=() if ListingKind.DEPLOYMENTS in found.kinds else None,
        )

    def _known(self, subscription: str) -> Subscription:
        return fold(subscription, self.ledger.store.history(subscription_stream(subscription)))

    def _record_all(self, snapshots: Iterable[SubscriptionSnapshot], report: DirectoryReport, *, forced: bool) -> None:
        rest, single = iter(snapshots), True
        while batch := tuple(islice(rest, BATCH)):
            single = single and len(batch) == 1 and not report.subscriptions
            try:
                self._record(batch, report, forced=forced)
            except (SnapshotTooSmall, SnapshotOlder):
                if single:
                    raise
                self._one_by_one(batch, report, forced=forced)
            report.subscriptions += len(batch)
            self.progress(report.subscriptions)

    def _one_by_one(self, batch: Sequence[SubscriptionSnapshot], report: DirectoryReport, *, forced: bool) -> None:
        """Let one subscription that is refused keep no other from being recorded."""
        for snapshot in batch:
            try:
                self._record((snapshot,), report, forced=forced)
            except (SnapshotTooSmall, SnapshotOlder) as refusal:
                report.refused.append(refusal.sentence)

    def _record(self, snapshots: tuple[SubscriptionSnapshot, ...], report: DirectoryReport, *, forced: bool) -> None:
        command = RecordSnapshot(
            subscriptions=snapshots,
            source=self.terms.source,
            seen_at=self.terms.seen_at,
            forced=_or_none(said=forced),
            quiet=_or_none(said=self.terms.quiet),
        )
        receipt = self.ledger.execute(command)
        report.runs += receipt.runs
        for name in self._recorded(receipt):
            setattr(report, name, getattr(report, name) + 1)

    def _recorded(self, receipt: Receipt) -> Iterator[str]:
        if receipt.positions:
            entries = self.ledger.store.log(receipt.positions[0] - 1, receipt.positions[-1], SUBSCRIPTIONS)
            wanted = frozenset(receipt.positions)
            yield from (_COUNTED[type(entry.event)] for entry in entries if entry.position in wanted)


def _with_what_stands(snapshot: SubscriptionSnapshot, known: Subscription) -> SubscriptionSnapshot:
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


def _stands(known: Subscription) -> bool:
    return bool(known.roles or known.deployments)


def _or_none(*, said: bool) -> Literal[True] | None:
    return True if said else None
