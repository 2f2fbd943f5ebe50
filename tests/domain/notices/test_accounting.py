"""Outcomes are of those who are in the audience, and a run closes only when everybody is accounted for."""

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.handlers import carry_out
from domain.ledger import Ledger
from domain.notices import refusals
from domain.notices.commands import Acknowledge, CloseRun, NoticeCommand
from domain.notices.events import (
    DeliveriesRecorded,
    NotificationRunClosed,
    RecipientAcknowledged,
    Result,
)
from domain.store.contract import Transaction
from domain.store.errors import StaleVersion
from tests.domain.notices.site import RUN, SMALL, audience, dated, deliveries, last_event, outcome
from tests.ledgers import NOW, HandClock
from tests.spec import KEY, at

CLOSE = CloseRun(key=KEY, run=RUN)
ACCEPTED, BOUNCED = Result.ACCEPTED, Result.BOUNCED


@pytest.fixture
def ready(announced: Ledger) -> Ledger:
    """A ledger with a run of three recipients and two who are excluded."""
    announced.execute(audience(3, 2))
    return announced


def acknowledge(recipient: int) -> Acknowledge:
    return Acknowledge(key=KEY, run=RUN, recipient=recipient)


def told(*recipients: int, result: Result = ACCEPTED) -> NoticeCommand:
    return deliveries(*(outcome(recipient, result) for recipient in recipients))


COMMANDS: dict[str, NoticeCommand] = {
    "audience": audience(1),
    "deliveries": told(1),
    "acknowledgement": acknowledge(1),
    "closure": CLOSE,
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("change", [{"run": 5}, {"run": 99}, {"run": 0}, {"key": SMALL}], ids=str)
def test_only_a_run_takes_them(ready: Ledger, command: NoticeCommand, change: dict[str, object]) -> None:
    head = ready.store.head()
    with pytest.raises(refusals.NoSuchRun) as refused:
        ready.execute(replace(command, **change))  # type: ignore[arg-type]  # each has both
    assert asdict(refused.value) == {"run": change.get("run", RUN)}
    assert ready.store.head() == head


@pytest.mark.parametrize("command", [told(1), CLOSE], ids=["deliveries", "closure"])
@pytest.mark.parametrize("so_far", [(), (audience(3, complete=False),)], ids=["nothing", "a chunk"])
def test_first_the_audience_is_complete(announced: Ledger, command: NoticeCommand, so_far: tuple[NoticeCommand, ...]) -> None:
    for chunk in so_far:
        announced.execute(chunk)
    with pytest.raises(refusals.AudienceOpen) as refused:
        announced.execute(command)
    assert asdict(refused.value) == {"run": RUN}


# --- Outcomes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipient", [0, -1, 4, 5, 255])
def test_recipients_are_numbered_from_one(ready: Ledger, recipient: int) -> None:
    for command in (deliveries(outcome(1, ACCEPTED), outcome(recipient, ACCEPTED)), acknowledge(recipient)):
        with pytest.raises(refusals.NoSuchRecipient) as refused:
            ready.execute(command)
        assert asdict(refused.value) == {"run": RUN, "recipient": recipient, "recipients": 3}
    assert ready.store.head().position == 7


def test_a_report_of_nothing_is_refused(ready: Ledger) -> None:
    with pytest.raises(refusals.NothingReported) as refused:
        ready.execute(told())
    assert asdict(refused.value) == {"run": RUN}


def test_outcomes_are_recorded_as_they_were_reported(ready: Ledger) -> None:
    command = replace(
        deliveries(outcome(2, ACCEPTED)._replace(milliseconds=40, code="250", reference="q1")), reported_by="azure", channel="mail"
    )
    ready.execute(command)
    event = last_event(ready)
    assert isinstance(event, DeliveriesRecorded)
    assert (event.outcomes, event.reported_by, event.channel, event.since) == (command.outcomes, "azure", "mail", command.since)
    assert (event.accepted, event.failed, event.run) == (1, 0, RUN)


def test_work_that_is_undone_leaves_no_trace_in_what_is_counted(ready: Ledger) -> None:
    def fail(transaction: Transaction) -> None:
        carry_out(told(1, 2), transaction, "tester", None)
        raise KeyError("changed my mind")

    with pytest.raises(KeyError, match="changed my mind"):
        ready.store.transact("undone", fail)
    ready.execute(told(3, result=Result.PERMANENT))
    event = last_event(ready)
    assert isinstance(event, DeliveriesRecorded)
    assert (event.accepted, event.failed) == (0, 1)


def test_a_worker_may_insist_on_the_version_of_the_run(ready: Ledger) -> None:
    assert ready.execute(told(1), expected_version=2).version == 3
    with pytest.raises(StaleVersion):
        ready.execute(told(1), expected_version=2)


# --- Closure ----------------------------------------------------------------------------------------------------------


def test_a_run_closes_when_everybody_is_accounted_for(ready: Ledger, clock: HandClock) -> None:
    ready.execute(told(1, 2))
    ready.execute(told(3, result=Result.GIVEN_UP))
    clock.set("2025-02-03")
    ready.execute(CLOSE)
    event = last_event(ready)
    assert isinstance(event, NotificationRunClosed)
    assert (event.expected, event.accepted, event.failed, event.excluded) == (5, 2, 1, 2)
    assert (event.closed_at, event.run) == (at("2025-02-03"), RUN)


@pytest.mark.parametrize("result", [Result.TRANSIENT, Result.UNKNOWN])
def test_a_run_does_not_close_while_somebody_is_not_accounted_for(ready: Ledger, result: Result) -> None:
    ready.execute(told(1))
    ready.execute(told(2, result=Result.PERMANENT))
    ready.execute(told(3, result=result))
    with pytest.raises(refusals.RunIncomplete) as refused:
        ready.execute(CLOSE)
    assert asdict(refused.value) == {"run": RUN, "expected": 5, "accepted": 1, "failed": 1, "excluded": 2}
    assert "of 5 expected, 1 were accepted, 1 failed and 2 are excluded; 1 are not accounted for." in refused.value.sentence


@pytest.mark.parametrize("excluded", [0, 3])
def test_a_run_of_nobody_who_can_be_told_closes_at_once(announced: Ledger, excluded: int) -> None:
    announced.execute(audience(0, excluded))
    announced.execute(CLOSE)
    event = last_event(announced)
    assert isinstance(event, NotificationRunClosed)
    assert (event.expected, event.accepted, event.failed, event.excluded) == (excluded, 0, 0, excluded)


@pytest.fixture
def closed(ready: Ledger) -> Ledger:
    ready.execute(told(1, 2, 3))
    assert ready.execute(CLOSE).positions == (9,)
    return ready


def test_a_run_closes_once(closed: Ledger) -> None:
    assert closed.execute(CLOSE).positions == ()
    assert closed.store.head().position == 9


@pytest.mark.parametrize("result", [result for result in Result if result is not BOUNCED])
def test_after_closure_nothing_is_recorded_but_what_bounces(closed: Ledger, result: Result) -> None:
    for command in (told(1, result=result), deliveries(outcome(1, BOUNCED), outcome(2, result))):
        with pytest.raises(refusals.RunClosed) as refused:
            closed.execute(command)
        assert asdict(refused.value) == {"run": RUN}
    assert closed.store.head().position == 9


def test_a_late_bounce_is_recorded_and_the_closure_stays_as_it_was(closed: Ledger) -> None:
    before = closed.store.history(f"notice:{KEY}:{RUN}")[-1]
    closed.execute(told(2, result=BOUNCED))
    event = last_event(closed)
    assert isinstance(event, DeliveriesRecorded)
    assert (event.accepted, event.failed) == (2, 1)
    assert closed.store.history(f"notice:{KEY}:{RUN}")[-2] == before
    assert closed.execute(CLOSE).positions == ()


# --- Acknowledgement --------------------------------------------------------------------------------------------------


def test_a_notice_is_acknowledged_once_and_after_closure_too(closed: Ledger, clock: HandClock) -> None:
    clock.set("2025-02-03")
    assert closed.execute(acknowledge(2)).positions == (10,)
    assert last_event(closed) == RecipientAcknowledged(acknowledged_at=at("2025-02-03"), recipient=2, run=RUN)
    assert closed.execute(acknowledge(2)).positions == ()
    assert closed.execute(acknowledge(1)).positions == (11,)


def test_an_acknowledgement_is_no_delivery(ready: Ledger) -> None:
    ready.execute(acknowledge(1))
    with pytest.raises(refusals.RunIncomplete) as refused:
        ready.execute(CLOSE)
    assert refused.value.accepted == 0


def test_a_run_goes_by_its_own_stream_alone(ready: Ledger) -> None:
    other = ready.execute(dated(retired="2025-09-01")).runs[0]
    ready.execute(audience(1, run=other))
    ready.execute(deliveries(outcome(1, ACCEPTED), run=other))
    assert ready.execute(CloseRun(key=KEY, run=other)).positions
    with pytest.raises(refusals.RunIncomplete):
        ready.execute(CLOSE)
    assert all(earlier < later for earlier, later in pairwise(entry.recorded_at for entry in ready.store.log()))


@pytest.mark.parametrize(
    ("later_seconds", "reported_by", "taken"),
    [
        (0, None, True),
        (30, None, True),  # The clock of whoever sends may go ahead of ours.
        (90, None, False),
        (90, "provider", False),
        (-90, None, False),
        (-86_400, "provider", True),  # A provider may have mailed before the ledger was told.
    ],
)
def test_nothing_is_delivered_ahead_of_now_nor_by_us_before_the_run(
    ready: Ledger, later_seconds: int, reported_by: str | None, *, taken: bool
) -> None:
    since = at(NOW) + timedelta(seconds=later_seconds)
    command = replace(deliveries(outcome(1, ACCEPTED)), since=since, reported_by=reported_by)
    if taken:
        assert ready.execute(command).positions
    else:
        with pytest.raises(refusals.DeliveryAtNoTime) as refused:
            ready.execute(command)
        assert (refused.value.run, refused.value.at) == (RUN, since)


def test_an_outcome_long_after_its_first_cannot_be_ahead_of_now_either(ready: Ledger) -> None:
    far = outcome(1, ACCEPTED)._replace(milliseconds=86_400_000)
    with pytest.raises(refusals.DeliveryAtNoTime):
        ready.execute(deliveries(far))
