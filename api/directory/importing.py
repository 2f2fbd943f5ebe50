"""The import of directory listings: people become opaque ids, and what changed since the last listing is recorded."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from api.directory.contacts import batched, identified
from api.directory.errors import DirectoryShrunk
from api.directory.gathering import Gathered, Remark
from api.directory.readers.found import ListingKind
from api.directory.snapshots import emptied, kinds_of, snapshot_of, with_what_stands
from domain.directory.commands import RecordSnapshot, SubscriptionSnapshot
from domain.directory.events import DeploymentCreated, DeploymentDeleted, RoleAssigned, RoleRevoked
from domain.directory.refusals import SnapshotOlder, SnapshotTooSmall
from domain.directory.subscription import Subscription, fold
from domain.events import Event
from domain.ledger import Ledger
from domain.people.registry import People
from domain.receipts import Receipt
from domain.streams import SUBSCRIPTIONS, subscription_stream

BATCH = 500
"""Subscriptions that share a transaction, and so the runs for those who join by them."""


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
    command_key: str | None = None
    """Sent again under it, nothing is recorded twice, and the counts are the first ones."""


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
    _commands: int = field(default=0, init=False)

    def run(self, found: Gathered) -> DirectoryReport:
        """Record what changed.

        Raises:
            DirectoryShrunk: the whole directory is less than half of what it was.
            SnapshotTooSmall: the only subscription has fewer than half of its roles or deployments.
            SeenInFuture: it claims to be from the future.
        """
        report = DirectoryReport(skipped=found.skipped, unreadable=found.unreadable, kept=bool(found.unreadable))
        gone = self._gone(found) if self.terms.whole and not report.kept else {}
        ids = identified(self.people, found.people())
        snapshots = (snapshot_of(found, subscription, ids) for subscription in found.subscriptions())
        if report.kept:
            snapshots = (with_what_stands(snapshot, self._known(snapshot.subscription)) for snapshot in snapshots)
        self._record_all(snapshots, report, forced=self.terms.forced)
        self._record_all((emptied(*one) for one in gone.items()), report, forced=True)
        return report

    def _gone(self, found: Gathered) -> Mapping[str, set[ListingKind]]:
        """Return the subscriptions that have something which a listing of everything does not name. Sent again: those of the first time."""
        before = self.ledger.store.kept(self.terms.command_key) if self.terms.command_key else None
        position = before.position if before else self.ledger.store.head().position
        standing, gone = Counter[ListingKind](), dict[str, set[ListingKind]]()
        for history in self.ledger.store.by_stream(position, SUBSCRIPTIONS):
            known = fold(history[0].stream.removeprefix(SUBSCRIPTIONS), history)
            for kind in found.kinds & kinds_of(known):
                standing[kind] += 1
                if known.id not in found.listed(kind):
                    gone.setdefault(known.id, set()).add(kind)
        for kind, count in standing.items():
            named = count - sum(kind in kinds for kinds in gone.values())
            if 2 * named < count and not self.terms.forced and not before:
                raise DirectoryShrunk(count, named)
        return gone

    def _known(self, subscription: str) -> Subscription:
        return fold(subscription, self.ledger.store.history(subscription_stream(subscription)))

    def _record_all(self, snapshots: Iterable[SubscriptionSnapshot], report: DirectoryReport, *, forced: bool) -> None:
        single = True
        for batch in batched(snapshots, BATCH):
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
        self._commands += 1
        receipt = self.ledger.execute(command, key=self._key(self._commands))
        report.runs += receipt.runs
        for name in self._recorded(receipt):
            setattr(report, name, getattr(report, name) + 1)

    def _key(self, number: int) -> str | None:
        """Return the key of a command: the first has the sender's own, under which the import is looked up."""
        key = self.terms.command_key
        return key if key is None or number == 1 else f"{key}/{number}"

    def _recorded(self, receipt: Receipt) -> Iterator[str]:
        if receipt.positions:
            entries = self.ledger.store.log(receipt.positions[0] - 1, receipt.positions[-1], SUBSCRIPTIONS)
            wanted = frozenset(receipt.positions)
            yield from (_COUNTED[type(entry.event)] for entry in entries if entry.position in wanted)


def _or_none(*, said: bool) -> Literal[True] | None:
    return True if said else None
