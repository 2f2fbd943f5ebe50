"""Who is not tried, and why: an address that bounced, a wish, an erasure, a webhook that is gone. Each is accounted for as failed."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from api.delivery.notice import Outgoing
from api.delivery.outcome import Sent
from api.notices.channels import Channel, Channels
from api.notices.worker import Worker
from domain.directory.commands import OptIn, OptOut, RecordErasure, RemoveWebhook
from domain.notices.commands import RecordDeliveries
from domain.notices.events import Exclusion, Outcome, Result
from domain.people.registry import Contact
from projections.notices.audit import AuditFilter
from projections.notices.told import State
from tests.api.notices.site import Site
from tests.servers.smtp import Mailbox
from tests.spec import KEY

ANNA, BJORN = "anna@example.com", "bjorn@example.com"


def test_an_address_that_does_not_exist_is_not_tried_in_the_next_run(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    first = site.announced()
    mailbox.always[ANNA] = "550 5.1.1 no such mailbox"
    site.round()
    site.clock.advance(days=1)
    del mailbox.always[ANNA]
    second = site.announced(retired="2027-08-01")
    site.round()
    assert mailbox.recipients == [BJORN, BJORN]
    rows = [site.row(run, ANNA) for run in (first, second)]
    assert [(row.state, row.code, row.attempts) for row in rows] == [(State.FAILED, "550 5.1.1", 1), (State.FAILED, "bounced_before", 1)]
    assert site.run(second).closed is not None


def test_a_late_bounce_keeps_the_address_from_being_tried_again(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA)
    first = site.announced()
    site.round()
    assert site.row(first, ANNA).state is State.ACCEPTED
    bounce = Outcome(1, Result.BOUNCED, 0, "550 5.1.1", None)
    site.clock.advance(hours=3)
    site.ledger.execute(
        RecordDeliveries(key=KEY, run=first, channel="smtp", outcomes=(bounce,), reported_by="postmaster", since=site.clock.now)
    )
    assert site.row(first, ANNA).state is State.FAILED
    second = site.announced(retired="2027-08-01")
    site.round()
    assert mailbox.recipients == [ANNA]
    assert site.row(second, ANNA).code == "bounced_before"


def test_a_new_address_of_the_same_person_is_tried(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA)
    site.announced()
    mailbox.always[ANNA] = "550 5.1.1 no such mailbox"
    site.round()
    (identity,) = site.office.people.identify([Contact(f"directory-{ANNA}", "Anna", "anna.berg@example.com")])
    assert identity.id == site.ids[ANNA]
    site.clock.advance(days=1)
    site.announced(retired="2027-08-01")
    site.round()
    assert mailbox.recipients == ["anna.berg@example.com"]


def erase(site: Site, id_: str) -> None:
    site.office.people.erase(id_, site.clock.now)
    site.ledger.execute(RecordErasure(person=id_))


def opt_out(site: Site, id_: str) -> None:
    site.ledger.execute(OptOut(person=id_))


@pytest.mark.parametrize(("act", "code"), [(opt_out, "opted_out"), (erase, "erased")])
def test_what_a_person_wishes_counts_before_the_audience_is_recorded_and_after(
    site: Site, mailbox: Mailbox, act: Callable[[Site, str], None], code: str
) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    mailbox.answers[ANNA] = ["451 later"]
    first = site.announced()
    site.round()
    act(site, site.ids[ANNA])
    site.clock.advance(hours=1)
    site.round()
    assert mailbox.recipients == [BJORN]
    rows = site.audit(AuditFilter(run=first, id=site.ids[ANNA]))
    assert [(row.state, row.code) for row in rows] == [(State.FAILED, code)]
    assert site.run(first).closed is not None

    second = site.announced(retired="2027-08-01")
    site.round()
    (row,) = site.audit(AuditFilter(run=second, id=site.ids[ANNA]))
    assert (row.state, row.exclusion) == (State.EXCLUDED, Exclusion(code).value)
    assert site.run(second).excluded == 1


def test_a_wish_that_comes_while_a_run_is_delivered_counts_from_the_next_batch_on(site: Site, mailbox: Mailbox) -> None:
    addresses = [f"p{number}@example.com" for number in range(250)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    wished: list[str] = []

    def after_a_batch(_: object) -> None:
        if not wished:
            wished.extend(sorted(set(addresses) - set(mailbox.recipients)))
            for address in wished:
                site.ledger.execute(OptOut(person=site.ids[address]))

    site.with_worker(lambda worker: worker.round(), progress=after_a_batch)
    assert len(wished) == 50
    assert {site.row(run, address).code for address in wished} == {"opted_out"}
    assert len(mailbox.recipients) == 200


class _Meanwhile:
    """A channel during whose first batch something else happens."""

    def __init__(self, channel: Channel, happens: Callable[[], None]) -> None:
        self.name = channel.name
        self.close = channel.close
        self._channel = channel
        self._happens: Callable[[], None] | None = happens

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        happens, self._happens = self._happens, None
        if happens:
            await asyncio.to_thread(happens)
        await self._channel.send(batch, done)


def test_a_wish_that_comes_while_a_batch_is_on_its_way_counts_from_the_next_one_on(site: Site, mailbox: Mailbox) -> None:
    addresses = [f"p{number}@example.com" for number in range(250)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    told_last = sorted(site.ids.values())[-50:]

    def happens() -> None:
        for id_ in told_last:
            site.ledger.execute(OptOut(person=id_))

    async def delivered(worker: Worker) -> None:
        assert worker.channels.people
        worker.channels = Channels(_Meanwhile(worker.channels.people, happens), worker.channels.webhooks)
        await worker.round()

    site.with_worker(delivered)
    assert {site.audit(AuditFilter(run=run, id=id_))[0].code for id_ in told_last} == {"opted_out"}
    assert len(mailbox.recipients) == 200


def test_who_wants_to_be_told_again_is(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA)
    opt_out(site, site.ids[ANNA])
    site.ledger.execute(OptIn(person=site.ids[ANNA]))
    site.announced()
    site.round()
    assert mailbox.recipients == [ANNA]


def test_who_was_told_by_others_meanwhile_is_not_told_again(site: Site, mailbox: Mailbox) -> None:
    addresses = [f"p{number}@example.com" for number in range(250)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    reported: list[int] = []

    def after_a_batch(_: object) -> None:
        if not reported:
            reported.extend(site.run(run).pending())
            outcomes = tuple(Outcome(number, Result.ACCEPTED, 0, "250", None) for number in reported)
            at = site.clock.now
            site.ledger.execute(RecordDeliveries(key=KEY, run=run, channel="mailing", outcomes=outcomes, reported_by="provider", since=at))

    found = site.with_worker(lambda worker: worker.round(), progress=after_a_batch)
    assert found.closed == (run,)
    assert (len(reported), len(mailbox.recipients)) == (50, 200)


def test_who_was_told_newer_dates_is_not_told_the_older_ones_after_them(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    mailbox.answers = {ANNA: ["451 later"], BJORN: ["451 later", "451 later"]}
    first = site.announced()
    site.round()
    second = site.announced(retired="2027-08-01")
    site.round()
    assert mailbox.recipients == [ANNA]
    site.clock.advance(hours=1)
    site.round()
    assert mailbox.recipients == [ANNA, BJORN, BJORN], "who was not told the newer dates is told all that there was"
    row = site.row(first, ANNA)
    assert (row.state, row.code, row.attempts) == (State.FAILED, "superseded", 2)
    assert [site.row(run, BJORN).state for run in (first, second)] == [State.ACCEPTED, State.ACCEPTED]
    assert all(site.run(run).closed for run in (first, second))


def test_who_joined_later_and_was_told_is_told_what_went_before_no_less(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA)
    mailbox.answers = {ANNA: ["451 later"]}
    first = site.announced()
    site.round()
    site.subscribe("s-2", ANNA)
    site.round()
    assert mailbox.recipients == [ANNA], "told of the second subscription"
    site.clock.advance(hours=1)
    site.round()
    assert site.row(first, ANNA).state is State.ACCEPTED


def test_a_webhook_that_was_removed_is_accounted_for(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA)
    id_ = site.webhook("s-1", "https://hooks.example.com/x")
    run = site.announced()
    # Its address is gone before anybody has looked at it.
    site.ledger.execute(RemoveWebhook(subscription="s-1", webhook=id_))
    site.office.people.remove_webhook(id_)
    assert site.round().closed == (run,)
    (row,) = site.audit(AuditFilter(run=run, id=id_))
    assert (row.state, row.code, row.channel) == (State.FAILED, "removed", "webhook")
    assert mailbox.recipients == [ANNA]
