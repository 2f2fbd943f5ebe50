"""The seed's example from the announcement to the closed count, twice moved: what the servers saw is what the audit says."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from domain.events import Position
from domain.notices.events import RunCause
from projections.notices.audit import AuditFilter
from projections.notices.coverage import coverage
from projections.notices.told import State
from tests.api.notices.hooks import Hooks, hooks_receiver
from tests.api.notices.seed import EXCLUDED, PATHS, TOLD, address, fill
from tests.api.notices.site import Site, site_at
from tests.ledgers import announce, withdraw
from tests.servers.smtp import Mailbox, mail_server

EXPECTED = len(TOLD) + len(PATHS) + len(EXCLUDED)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hooks_receiver() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(tls="starttls", users={"ledger": "secret"}) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, mailbox: Mailbox, hooks: Hooks) -> Iterator[Site]:
    with site_at(tmp_path) as opened:
        login = {"smtp_username": "ledger", "smtp_password": "secret"}
        opened.mail_through(mailbox, **login, webhook_allow=("127.0.0.1",), webhook_allow_http=True)
        fill(opened, hooks)
        yield opened


def test_every_member_is_told_once_and_the_audit_says_what_the_servers_saw(site: Site, mailbox: Mailbox, hooks: Hooks) -> None:
    run = announced(site)
    assert mailbox.recipients == [], "nothing is sent by announcing"
    found = site.round()

    assert (found.closed, found.next_at) == ((run,), None)
    assert sorted(mailbox.recipients) == sorted(map(address, TOLD))
    for name, places in TOLD.items():
        (message,) = mailbox.of(address(name))
        reads(message, "The retirement of Mistral-large has been announced.", "2027-01-01", "2027-03-01", "2027-07-01")
        reads(message, "azure/mistral-large-2407 (stage not known now)")
        assert why(message) == {f"{subscription}: {', '.join(sorted(roles))}" for subscription, roles in places.items()}
    for subscription, path in PATHS.items():
        (event,) = hooks.of(path)
        assert event["data"]["subscriptions"] == [subscription]
        assert event["data"]["after"]["retired"]["value"] == "2027-07-01"
    agrees_with_servers(site, run, mailbox, hooks, nth=1)
    closes_with_the_whole_count(site, run)


def test_moved_dates_are_told_again_with_those_before_and_so_is_a_withdrawal(site: Site, mailbox: Mailbox, hooks: Hooks) -> None:
    first = announced(site)
    site.round()
    site.clock.advance(days=3)
    receipt = site.ledger.execute(announce(retired="2027-09-15", announced_at=None))
    (moved,) = receipt.runs
    assert site.round().closed == (moved,)
    for name in TOLD:
        _, message = mailbox.of(address(name))
        assert str(message["subject"]).endswith("(changed)")
        reads(message, "has changed", "2027-09-15", "before: 2027-07-01; moved 76 days later")
    agrees_with_servers(site, moved, mailbox, hooks, nth=2)

    site.clock.advance(days=3)
    runs = [run for claim in (first - 1, moved - 1) for run in site.ledger.execute(withdraw(claim, reason="called off")).runs]
    assert site.round().closed == tuple(runs)
    causes = [opened.cause for run in runs if (opened := site.run(run).opened)]
    assert causes == [RunCause.MOVED, RunCause.WITHDRAWN], "with the first claim go two of the dates, with the second the last"
    for name in TOLD:
        *_, partly, wholly = mailbox.of(address(name))
        reads(partly, "has changed", "2027-09-15", "before: 2027-03-01")
        reads(wholly, "have been taken back", "no date announced", "before: 2027-09-15")
    for nth, run in enumerate((first, moved, *runs), start=1):
        agrees_with_servers(site, run, mailbox, hooks, nth)
        closes_with_the_whole_count(site, run)


def announced(site: Site) -> Position:
    dates = {"legacy": "2027-01-01", "deprecated": "2027-03-01", "retired": "2027-07-01"}
    (run,) = site.ledger.execute(announce(**dates, replacements=["azure/mistral-large-2407"], announced_at=None)).runs  # type: ignore[arg-type]
    return run


def reads(message: EmailMessage, *words: str) -> None:
    """Both bodies say the same."""
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        text = " ".join(body.get_content().replace("<s>", "").replace("</s>", "").replace("</code>", "").split())
        assert [word for word in words if word not in text] == [], (kind, text)


def why(message: EmailMessage) -> set[str]:
    body = message.get_body(("plain",))
    assert body is not None
    return {line.strip().removeprefix("subscription ") for line in body.get_content().splitlines() if line.startswith("  subscription ")}


def agrees_with_servers(site: Site, run: Position, mailbox: Mailbox, hooks: Hooks, nth: int) -> None:
    rows = site.audit(AuditFilter(run=run))
    who = {id_: name for name, id_ in site.ids.items()}
    mailed = {(who[row.id], row.code, row.reference) for row in rows if row.channel == "smtp"}
    assert mailed == {(address(name), "250 2.0.0", mailbox.queue_ids[address(name)][nth - 1]) for name in TOLD}
    reasons = {(who[row.id], row.subscription, row.role) for row in rows if row.channel == "smtp"}
    assert reasons == {(address(name), place, role) for name, places in TOLD.items() for place, roles in places.items() for role in roles}
    hooked = {(row.subscription, row.role, row.code, row.reference) for row in rows if row.channel == "webhook"}
    assert hooked == {(subscription, "", "200", f"{path}-{nth}") for subscription, path in PATHS.items()}
    assert [event["id"] for path in PATHS.values() for event in hooks.of(path)[nth - 1 : nth]] == [
        f"{run}.{row.member}" for path in PATHS for row in rows if row.channel == "webhook" and row.subscription == path
    ]
    excluded = {row.exclusion: row.subscription for row in rows if row.state is State.EXCLUDED}
    assert excluded == EXCLUDED
    assert {row.attempts for row in rows if row.state is State.ACCEPTED} == {1}
    assert len(mailed) + len(hooked) + len(excluded) == EXPECTED


def closes_with_the_whole_count(site: Site, run: Position) -> None:
    state = site.run(run)
    assert state.closed is not None
    assert (state.closed.expected, state.closed.accepted, state.closed.failed, state.closed.excluded) == (EXPECTED, 14, 0, 3)
    with site.office.views.reading() as connection:
        found = coverage(connection, run)
    assert found is not None
    assert (found.run.expected, found.run.accepted, found.never) == (EXPECTED, 14, 3)
    assert {role: counts.accepted for role, counts in found.by_role.items()} == {
        "": 3, "contributor": 5, "monitoring contributor": 1, "monitoring reader": 2, "owner": 3, "reader": 3
    }  # fmt: skip
