"""What is damaged, or wrong in itself, keeps nobody else from being told; and no audience is made of what is known only in part."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from api.delivery.notice import Outgoing
from api.delivery.outcome import Sent
from api.notices.channels import Channels
from api.notices.following import NoticesStopped
from api.notices.worker import Round, Worker
from domain.notices.events import Result
from domain.people.registry import people_path
from projections.notices.audit import AuditFilter
from projections.notices.told import State
from tests.api.notices.site import Site, site_at
from tests.ledgers import HandClock
from tests.projections.stage_index.test_stopping import append_raw
from tests.servers.smtp import Mailbox, free_port, mail_server

ANNA, BJORN = "anna@example.com", "bjorn@example.com"


def test_no_audience_is_recorded_from_a_directory_that_stopped(tmp_path: Path) -> None:
    with site_at(tmp_path, HandClock("2025-02-01T09:00:00Z")) as site, mail_server() as mailbox:
        site.mail_through(mailbox)
        site.subscribe("s-1", ANNA)
        append_raw(site.path, "subscription:s-2", 1, "RoleAssigned.v2")
        position = site.ledger.store.head().position
        site.clock.set("2025-04-01T09:00:00Z")
        run = site.announced()
        with pytest.raises(NoticesStopped) as refused:
            site.round()
        assert f"entry {position}" in refused.value.sentence
        assert mailbox.recipients == []
        assert site.run(run).chunks == 0


def test_a_damaged_card_keeps_nobody_else_from_being_told(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    run = site.announced()
    with closing(sqlite3.connect(people_path(site.path))) as file, file:
        file.execute("UPDATE cards SET sealed = zeroblob(60) WHERE id = ?", (site.ids[ANNA],))
    site.round()
    assert mailbox.recipients == [BJORN]
    assert (site.row(run, ANNA).state, site.row(run, ANNA).code) == (State.PENDING, "damaged"), "it may be brought back"


@pytest.mark.parametrize("url", ["https://[::1/x", "https://127.0.0.1:99999/x", "ftp://127.0.0.1/x", "nothing"])
def test_a_webhook_with_an_address_that_is_none_keeps_nobody_else_from_being_told(site: Site, mailbox: Mailbox, url: str) -> None:
    site.subscribe("s-1", ANNA)
    id_ = site.webhook("s-1", url)
    run = site.announced()
    assert site.round().closed == (run,)
    assert mailbox.recipients == [ANNA]
    (row,) = site.audit(AuditFilter(run=run, id=id_))
    assert (row.state, row.code) == (State.FAILED, "address_refused")


class _Failing:
    """A channel that breaks in the midst of a batch, against all rules."""

    name = "failing"

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        done(Sent(batch[0], Result.ACCEPTED, batch[0].opened.opened_at, self.name, "250"))
        raise ZeroDivisionError

    async def close(self) -> None:
        """There is nothing to let go of."""


def test_a_channel_that_breaks_forgets_no_outcome_and_stops_no_other_channel(site: Site, mailbox: Mailbox) -> None:
    site.mail_through(mailbox, webhook_allow_http=True)
    site.subscribe("s-1", ANNA, BJORN)
    ids = [site.webhook("s-1", f"http://example.invalid/{number}") for number in range(2)]
    run = site.announced()

    async def broken(worker: Worker) -> None:
        worker.channels = Channels(worker.channels.people, _Failing())
        with pytest.raises(ZeroDivisionError):
            await worker.round()
        await worker.round()

    site.with_worker(broken)
    assert sorted(mailbox.recipients) == [ANNA, BJORN], "each once"
    assert [site.row(run, address).state for address in (ANNA, BJORN)] == [State.ACCEPTED] * 2
    rows = [row for id_ in ids for row in site.audit(AuditFilter(run=run, id=id_))]
    assert {row.state for row in rows} == {State.ACCEPTED, State.PENDING}, "of the other it is said that it may have arrived"


def test_a_server_that_is_away_is_not_asked_for_everybody(site: Site) -> None:
    addresses = [f"p{number}@example.com" for number in range(450)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    port = free_port()
    site.mail_through(Mailbox(port=port))

    async def two_rounds(worker: Worker) -> list[Round]:
        return [await worker.round(), await worker.round()]

    first, second = site.with_worker(two_rounds)
    assert (first.attempts, second.attempts) == (200, 0)
    with mail_server(port=port) as mailbox:
        site.until_closed(hours=1)
        assert sorted(mailbox.recipients) == sorted(addresses)
    assert site.run(run).accepted == 450
