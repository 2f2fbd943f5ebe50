"""Those who come later are told at once, apart from those who were there, and of nothing that they were told before."""

from domain.directory.commands import CreateDeployment, DeleteDeployment, Deployment
from domain.notices.events import RunCause
from tests.api.notices.site import SERVERLESS, Site, snapshot, user
from tests.servers.smtp import Mailbox
from tests.spec import KEY


def test_a_later_joiner_is_told_at_once_and_alone(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com", "bjorn@example.com")
    announced = site.announced()
    site.round()
    site.clock.advance(days=10)
    (joined,) = site.join("s-1", "chen@example.com")
    assert site.round().closed == (joined,)
    assert mailbox.recipients.count("anna@example.com") == 1
    (message,) = mailbox.of("chen@example.com")
    body = message.get_body(("plain",))
    assert body is not None
    assert "was announced before your deployment was made or your role began" in " ".join(body.get_content().split())
    assert [(row.run, row.cause) for row in site.audit() if row.id == site.ids["chen@example.com"]] == [(joined, RunCause.JOINED)]
    assert site.run(announced).recipients == 2, "the old run stays as it was"


def test_a_deployment_under_an_announced_schedule_is_told_at_once_to_all_of_its_subscription(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com")
    site.announced()
    site.round()
    site.clock.advance(days=1)
    (joined,) = site.record(snapshot("s-2", *(user(id_) for id_ in site.known("anna@example.com", "dana@example.com"))))
    assert site.round().closed == (joined,)
    assert sorted(mailbox.recipients) == ["anna@example.com", "anna@example.com", "dana@example.com"]
    assert {row.subscription for row in site.audit() if row.run == joined} == {"s-2"}, "anna is told for the new subscription alone"


def test_a_second_deployment_and_a_second_role_tell_nobody_again(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com")
    site.announced()
    site.round()
    site.clock.advance(days=1)
    wanted = Deployment(name="another", key=KEY, scope=SERVERLESS)
    again = site.ledger.execute(CreateDeployment(subscription="s-1", deployment=wanted, source="directory")).runs
    again += tuple(site.join("s-1", "anna@example.com", role="reader"))
    site.round()
    assert mailbox.recipients == ["anna@example.com"]
    closed = [site.run(run).closed for run in again]
    assert [run and run.expected for run in closed] == [0] * len(again), "a run of nobody closes, too"


def test_who_joins_between_opening_and_recording_stands_in_the_run_for_those_who_joined(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com")
    run = site.announced()
    (joined,) = site.join("s-1", "chen@example.com")
    assert site.round().closed == (run, joined)
    assert sorted(mailbox.recipients) == ["anna@example.com", "chen@example.com"]
    assert [row.run for row in site.audit() if row.id == site.ids["chen@example.com"]] == [joined]


def test_who_leaves_between_opening_and_recording_is_told_all_the_same(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com", "bjorn@example.com")
    run = site.announced()
    site.record(snapshot("s-1", user(site.ids["bjorn@example.com"])))
    assert site.round().closed == (run,)
    assert sorted(mailbox.recipients) == ["anna@example.com", "bjorn@example.com"], "the audience is that of the opening"


def test_dates_that_move_are_told_to_joiners_as_they_stand_then(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com")
    site.announced(retired="2027-07-01")
    site.clock.advance(days=1)
    site.announced(retired="2027-09-15")
    site.join("s-1", "chen@example.com")
    site.round()
    (message,) = mailbox.of("chen@example.com")
    assert "2027-09-15" in str(message["subject"])
    assert "2027-07-01" not in message.as_string()


def test_a_subscription_that_has_no_deployment_any_more_is_not_told(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", "anna@example.com")
    site.subscribe("s-2", "bjorn@example.com")
    site.ledger.execute(DeleteDeployment(subscription="s-2", deployment="chat", source="directory"))
    site.announced()
    site.round()
    assert mailbox.recipients == ["anna@example.com"]
