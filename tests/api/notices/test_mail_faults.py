"""Mail servers that refuse, put off, hang up, are away or are slow: everybody is accounted for, and what happened is on record."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.delivery.backoff import ATTEMPTS_MAX
from domain.notices.events import DeliveriesRecorded, Result
from domain.streams import notice_stream
from projections.notices.told import State
from tests.api.notices.site import Site
from tests.servers.sink import sink
from tests.servers.smtp import Mailbox, free_port, mail_server
from tests.spec import KEY

ANNA, BJORN, CHEN, DANA = (f"{name}@example.com" for name in ("anna", "bjorn", "chen", "dana"))


def test_each_recipient_has_an_outcome_of_its_own(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN, CHEN, DANA)
    run = site.announced()
    mailbox.always[ANNA] = "550 5.1.1 no such mailbox here"
    mailbox.answers[BJORN] = ["451 4.7.1 come back later"]
    mailbox.drops = [CHEN]
    found = site.round()
    assert (found.attempts, found.closed) == (4, ())
    assert outcomes(site, run, ANNA) == [("permanent", "550 5.1.1")]
    assert outcomes(site, run, BJORN) == [("transient", "451 4.7.1")]
    assert outcomes(site, run, CHEN) == [("unknown", "disconnected")], "it may have arrived"
    assert mailbox.recipients == [DANA]

    assert found.next_at is not None
    assert site.clock.now < found.next_at <= site.clock.now + timedelta(minutes=1)
    assert site.round().attempts == 0, "nobody is tried before it is time"
    assert site.until_closed() <= 4
    assert sorted(mailbox.recipients) == [BJORN, CHEN, DANA]
    assert outcomes(site, run, CHEN) == [("unknown", "disconnected"), ("accepted", "250 2.0.0")]
    states = {address: site.row(run, address) for address in (ANNA, BJORN, CHEN, DANA)}
    assert [(row.state, row.attempts) for row in states.values()] == [
        (State.FAILED, 1), (State.ACCEPTED, 2), (State.ACCEPTED, 2), (State.ACCEPTED, 1)
    ]  # fmt: skip
    assert states[BJORN].reference == mailbox.queue_ids[BJORN][0]
    counted(site, run, accepted=3, failed=1)


def test_a_server_that_is_away_for_the_first_rounds_loses_nobody(site: Site) -> None:
    addresses = [f"p{number}@example.com" for number in range(30)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    port = free_port()
    site.mail_through(Mailbox(port=port))
    for _ in range(3):
        next_at = site.round().next_at
        assert next_at is not None
        site.clock.now = next_at
    assert site.run(run).accepted == 0
    with mail_server(port=port) as mailbox:
        site.until_closed()
        assert sorted(mailbox.recipients) == sorted(addresses)
    assert {result for address in addresses for result, _ in outcomes(site, run, address)} == {"transient", "accepted"}
    counted(site, run, accepted=30, failed=0)


def test_who_is_put_off_for_ever_is_given_up_and_the_run_closes(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    run = site.announced()
    mailbox.always[ANNA] = "452 4.2.2 mailbox full"
    began = site.clock.now
    site.until_closed()
    found = outcomes(site, run, ANNA)
    assert found == [("transient", "452 4.2.2")] * ATTEMPTS_MAX + [("given_up", "given_up")]
    assert timedelta(days=2) < site.clock.now - began < timedelta(days=4)
    assert site.row(run, ANNA).state is State.FAILED
    assert mailbox.recipients == [BJORN]
    counted(site, run, accepted=1, failed=1)


def test_a_slow_server_is_waited_for(site: Site, mailbox: Mailbox) -> None:
    addresses = [f"p{number}@example.com" for number in range(12)]
    site.subscribe("s-1", *addresses)
    site.announced()
    mailbox.delay = 0.05
    assert site.round().attempts == 12
    assert sorted(mailbox.recipients) == sorted(addresses)


@pytest.mark.parametrize("connections_max", [1, 2, 3])
def test_a_server_that_takes_few_connections_is_used_with_few(site: Site, tmp_path: Path, connections_max: int) -> None:
    addresses = [f"p{number}@example.com" for number in range(300)]
    site.subscribe("s-1", *addresses)
    run = site.announced()
    with sink(tmp_path / "mails", connections_max=connections_max) as server:
        site.mail_through(Mailbox(port=server.port))
        assert site.round().closed == (run,), "nobody is put off because others cannot connect"
        assert server.copies() == dict.fromkeys(addresses, 1)


def test_a_server_that_refuses_the_password_fails_nobody(site: Site) -> None:
    site.subscribe("s-1", ANNA)
    run = site.announced()
    with mail_server(tls="starttls", users={"ledger": "right"}) as mailbox:
        site.mail_through(mailbox, smtp_username="ledger", smtp_password="wrong")  # noqa: S106 - the test's own
        site.round()
        assert [result for result, _ in outcomes(site, run, ANNA)] == ["transient"]
        site.mail_through(mailbox, smtp_username="ledger", smtp_password="right")  # noqa: S106 - the test's own
        site.until_closed()
        assert mailbox.recipients == [ANNA]


def outcomes(site: Site, run: int, address: str) -> list[tuple[str, str | None]]:
    """Return what is recorded of one recipient, in order."""
    number = site.row(run, address).member
    entries = site.ledger.store.history(notice_stream(KEY, run))
    events = [entry.event for entry in entries if isinstance(entry.event, DeliveriesRecorded)]
    return [(Result(o.result).value, o.code) for event in events for o in event.outcomes if o.recipient == number]


def counted(site: Site, run: int, *, accepted: int, failed: int) -> None:
    closed = site.run(run).closed
    assert closed is not None
    assert (closed.accepted, closed.failed, closed.expected) == (accepted, failed, accepted + failed + closed.excluded)
