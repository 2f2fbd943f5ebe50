"""A ledger with rules, a model and a directory, and what tests say of the runs that it opens."""

from collections.abc import Sequence
from typing import TypedDict

from domain.commands import AdoptPolicy, Announce
from domain.dates import AnyDate, firm
from domain.events import Event, Position
from domain.ledger import Ledger
from domain.notices.commands import RecordAudience, RecordDeliveries
from domain.notices.events import (
    Excluded,
    Exclusion,
    NotificationRunOpened,
    Outcome,
    Reason,
    Recipient,
    Result,
    RunCause,
    Schedule,
    SubscriptionCount,
)
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.subjects import SubjectKey
from tests.domain.directory.said import assignment, deployment, snapshot, subscription_snapshot
from tests.ledgers import NOW, announce, list_model
from tests.spec import KEY, at


class Dates(TypedDict):
    legacy: str
    deprecated: str
    retired: str


SMALL = SubjectKey.parse("azure/mistral-small")
DATES: Dates = {"legacy": "2025-03-15", "deprecated": "2025-04-15", "retired": "2025-08-01"}
FIRST = 5
"""The position of what is said first."""


def prepare(ledger: Ledger) -> Ledger:
    """Adopt the policy, list a model, and let one owner have a deployment of it: four entries."""
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(list_model())
    ledger.execute(snapshot(subscription_snapshot(roles=[assignment()], deployments=[deployment()])))
    return ledger


def dated(key: SubjectKey = KEY, *, deprecated: str = DATES["deprecated"], retired: str = DATES["retired"]) -> Announce:
    """Announce three dates, now."""
    return announce(key, legacy=DATES["legacy"], deprecated=deprecated, retired=retired, announced_at=None)


def opened(ledger: Ledger) -> Sequence[NotificationRunOpened]:
    return [entry.event for entry in ledger.store.log() if isinstance(entry.event, NotificationRunOpened)]


def schedule(
    *, legacy: AnyDate | str | None = None, deprecated: AnyDate | str | None = None, retired: AnyDate | str | None = None
) -> Schedule:
    def date(stated: AnyDate | str | None) -> AnyDate | None:
        return firm(stated) if isinstance(stated, str) else stated

    return Schedule(deprecated=date(deprecated), legacy=date(legacy), retired=date(retired))


# --- A run by itself --------------------------------------------------------------------------------------------------

RUN = 6
ROLES = ("owner", "reader")


def run_opened(run: Position = RUN) -> NotificationRunOpened:
    return NotificationRunOpened(
        after=schedule(**DATES),
        before=None,
        cause=RunCause.ANNOUNCED,
        claim=run - 1,
        deprecated_days_min=90,
        key=KEY,
        legacy_days_min=30,
        link=None,
        name="Mistral-large",
        opened_at=at(NOW),
        policy_version=1,
        provider=None,
        replacements=(),
        replacements_before=(),
        roles=ROLES,
        run=run,
        scope=deployment().scope,
    )


def audience(recipients: int, excluded: int = 0, *, chunk: int = 1, complete: bool = True, run: Position = RUN) -> RecordAudience:
    """A chunk of owners who can be told, and of readers who cannot."""
    return RecordAudience(
        key=KEY,
        run=run,
        chunk=chunk,
        complete=complete,
        excluded=tuple(Excluded(f"out-{chunk}-{n}", Exclusion.NO_ADDRESS, (Reason(0, 1),)) for n in range(excluded)),
        recipients=tuple(Recipient(f"in-{chunk}-{n}", 1, (Reason(0, 0),)) for n in range(recipients)),
        roles=ROLES,
        subscriptions=(SubscriptionCount("s-1", recipients + excluded),),
    )


def outcome(recipient: int, result: Result) -> Outcome:
    return Outcome(recipient, result, 0, None, None)


def deliveries(*outcomes: Outcome, run: Position = RUN) -> RecordDeliveries:
    return RecordDeliveries(key=KEY, run=run, channel="smtp", outcomes=outcomes, since=at(NOW))


def last_event(ledger: Ledger) -> Event:
    position = ledger.store.head().position
    return next(iter(ledger.store.log(after=position - 1))).event
