"""A site: a ledger in a folder, with its people, its views, a clock that is set by hand, and a worker that goes its rounds on demand."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from api.notices.delivering import Office, delivering
from api.notices.offices import office_of
from api.notices.settings import NoticeSettings, PersonChannel
from api.notices.worker import Progress, Round, Worker
from api.opening import Opened
from domain.commands import AdoptPolicy, Announce
from domain.directory.commands import Assignment, AssignRole, Deployment, RecordSnapshot, RegisterWebhook, SubscriptionSnapshot
from domain.directory.events import PrincipalKind
from domain.events import Position
from domain.ledger import Ledger
from domain.notices.run import Run, fold
from domain.people.registry import Contact
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.store.sqlite import SqliteStore
from domain.streams import notice_stream
from domain.subjects import Scope, SubjectKey
from projections.notices.audit import EVERYTHING, AuditFilter, AuditRow, audit
from tests.ledgers import HandClock, announce, list_model
from tests.servers.smtp import Mailbox
from tests.spec import KEY

NOW = "2026-11-23T09:00:00Z"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of the specification
ROLES = AZURE_SERVERLESS_V1.notified_roles
T = TypeVar("T")
SERVERLESS = Scope.of({"deployment_type": "serverless"})


@dataclass
class Site:
    """What a test acts on."""

    path: Path
    office: Office
    clock: HandClock
    ids: dict[str, str] = field(default_factory=dict)
    """The opaque id of each address that was made known."""
    said: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        return self.office.ledger

    def mail_through(self, mailbox: Mailbox, **more: object) -> None:
        """Tell people by a mail server from now on."""
        security = "starttls" if mailbox.ca_file else "none"
        settings = {
            "public_url": self.office.settings.public_url,
            "notice_channel": PersonChannel.SMTP,
            "smtp_host": mailbox.host,
            "smtp_port": mailbox.port,
            "smtp_security": security,
            "smtp_ca_file": mailbox.ca_file,
            **more,
        }
        self.office = replace(self.office, settings=NoticeSettings(**settings))  # type: ignore[arg-type]  # checked by the settings

    def known(self, *addresses: str) -> Sequence[str]:
        """Make people known by their addresses, and return their ids."""
        contacts = [Contact(f"directory-{address}", f"Name of {address}", address) for address in addresses]
        found = [identity.id for identity in self.office.people.identify(contacts)]
        self.ids |= dict(zip(addresses, found, strict=True))
        return found

    def subscribe(self, subscription: str, *addresses: str, role: str = "owner", key: SubjectKey = KEY) -> None:
        """Record a subscription with a deployment, of which all are members in one role."""
        self.record(snapshot(subscription, *(user(id_, role) for id_ in self.known(*addresses)), key=key))

    def record(self, *snapshots: SubscriptionSnapshot) -> Sequence[Position]:
        """Record what a directory says, and return the runs that it opened."""
        return self.ledger.execute(RecordSnapshot(subscriptions=snapshots, source="directory")).runs

    def join(self, subscription: str, address: str, role: str = "reader") -> Sequence[Position]:
        """Let somebody take a role later, and return the runs that it opened."""
        (id_,) = self.known(address)
        return self.ledger.execute(AssignRole(subscription=subscription, assignment=user(id_, role), source="directory")).runs

    def webhook(self, subscription: str, url: str, secret: str = SECRET) -> str:
        """Register a webhook, and return its id."""
        id_ = self.office.people.seal_webhook(url, secret)
        self.ledger.execute(RegisterWebhook(subscription=subscription, webhook=id_))
        return id_

    def announced(self, deprecated: str = "2027-03-01", retired: str = "2027-07-01", legacy: str = "2027-01-01") -> Position:
        """Announce the dates of the model, and return the run that this opens."""
        (run,) = self.ledger.execute(announce(legacy=legacy, deprecated=deprecated, retired=retired, announced_at=None)).runs
        return run

    @property
    def announcement(self) -> Announce:
        """One that can be sent again, word for word."""
        return announce(deprecated="2027-03-01", retired="2027-07-01", announced_at="2026-11-23")

    def round(self) -> Round:
        """Let a worker look once at all open runs."""
        return self.with_worker(Worker.round)

    def with_worker(
        self,
        work: Callable[[Worker], Awaitable[T]],
        *,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> T:
        async def held() -> T:
            async with delivering(self.office, self.said.append, progress=progress, stopping=stopping) as worker:
                return await work(worker)

        return asyncio.run(held())

    def until_closed(self, rounds_max: int = 40, *, hours: float = 0) -> int:
        """Go rounds until nobody is left, each when somebody is due, or so many hours later; return how many there were."""
        for rounds in range(1, rounds_max + 1):
            next_at = self.round().next_at
            if next_at is None:
                return rounds
            self.clock.now = max(self.clock.now, next_at) + timedelta(hours=hours)
        raise AssertionError(f"somebody is left after {rounds_max} rounds")

    def run(self, run: Position, key: SubjectKey = KEY) -> Run:
        """Return a run as its history has made it."""
        return fold(run, self.ledger.store.history(notice_stream(key, run)))

    def audit(self, wanted: AuditFilter = EVERYTHING, position: Position | None = None) -> Sequence[AuditRow]:
        self.office.views.catch_up(self.ledger.store)
        with self.office.views.reading() as connection:
            return audit(connection, wanted, limit=100_000, position=position)

    def row(self, run: Position, address: str) -> AuditRow:
        """Return the one reason why somebody is told in a run."""
        (found,) = self.audit(AuditFilter(run=run, id=self.ids[address]))
        return found


@contextmanager
def site_at(folder: Path, clock: HandClock | None = None) -> Iterator[Site]:
    """Open the ledger in a folder, and begin it with a policy and a model where there is none."""
    path, clock = folder / "ledger.db", clock or HandClock(NOW)
    store = SqliteStore(path, clock)
    try:
        ledger = Ledger(store, "tester", clock)
        if not store.head().position:
            ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
            ledger.execute(list_model())
        with _only(LIFECYCLE_PUBLIC_URL="https://ledger.example"), office_of(Opened(ledger, path)) as office:
            yield Site(path, office, clock)
    finally:
        store.close()


@contextmanager
def _only(**settings: str) -> Iterator[None]:
    """Let nothing be set but this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIFECYCLE_")}
    with patch.dict(os.environ, {**kept, **settings}, clear=True):
        yield


def user(id_: str, role: str = "owner", *, via: str | None = None) -> Assignment:
    return Assignment(principal=id_, kind=PrincipalKind.USER, role=role, via=via)


def snapshot(subscription: str, *assignments: Assignment, key: SubjectKey = KEY) -> SubscriptionSnapshot:
    """Return all that a directory says of a subscription with one deployment."""
    deployment = Deployment(name="chat", key=key, scope=SERVERLESS)
    return SubscriptionSnapshot(subscription=subscription, assignments=assignments, deployments=(deployment,))
