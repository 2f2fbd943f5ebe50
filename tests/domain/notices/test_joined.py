"""Those who join under a schedule that stands are told at once: a new deployment, or somebody who takes a role later."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from domain.commands import AdoptPolicy, AnyCommand
from domain.dates import no_date
from domain.directory.commands import AssignRole, DeleteDeployment, OptIn, OptOut, RecordSnapshot, RegisterWebhook, RevokeRole
from domain.ledger import Ledger
from domain.notices.events import NotificationRunOpened, RunCause
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import SubjectKey
from tests.domain.directory.said import AZ, S1, S2, assignment, deploy, deployment, snapshot, subscription_snapshot
from tests.domain.notices.site import DATES, SMALL, dated, opened, schedule
from tests.ledgers import HandClock, announce, list_model
from tests.spec import KEY, at

STRANGER = SubjectKey.parse("bedrock/claude")
V1, V2 = {"version": "1"}, {"version": "2"}


@pytest.fixture
def told(site: Ledger) -> Ledger:
    """A ledger whose model has dates of which everybody was told: six entries."""
    site.execute(dated())
    return site


def joined(ledger: Ledger) -> Sequence[NotificationRunOpened]:
    return [run for run in opened(ledger) if run.cause is RunCause.JOINED]


def role(role: str = "reader", subscription: str = S1, principal: str = "bob") -> AssignRole:
    return AssignRole(subscription=subscription, assignment=assignment(principal, role), source=AZ)


def seen(
    subscription: str = S2, *, roles: Iterable[str] = ("owner",), names: Iterable[str] = ("chat",), key: SubjectKey = KEY
) -> AnyCommand:
    held, found = [assignment("eve", role) for role in roles], [deployment(name, key) for name in names]
    return snapshot(subscription_snapshot(subscription, roles=held, deployments=found))


def test_a_deployment_made_under_a_schedule_is_told_at_once(told: Ledger) -> None:
    receipt = told.execute(deploy(subscription=S2))
    assert (receipt.positions, receipt.runs) == ((7,), (8,))
    (run,) = joined(told)
    assert (run.run, run.claim, run.key, run.before, run.after) == (8, 7, KEY, None, schedule(**DATES))
    assert told.store.history("notice:azure/mistral-large:8")[0].event == run


JOINING: dict[str, AnyCommand] = {
    "another deployment in a subscription": deploy(deployment("code")),
    "somebody takes a role": role(),
    "roles and deployments in a snapshot": seen(),
    "deployments alone in a snapshot": seen(roles=()),
    "several deployments of a model": seen(names=("chat", "code")),
    "several subscriptions": snapshot(
        subscription_snapshot(S1, roles=[assignment(), assignment("bob")]), subscription_snapshot(S2, deployments=[deployment("code")])
    ),
}


@pytest.mark.parametrize("command", JOINING.values(), ids=JOINING)
def test_who_joins_is_told_by_one_run(told: Ledger, command: AnyCommand) -> None:
    receipt = told.execute(command)
    (run,) = joined(told)
    assert receipt.runs == (run.run,) == (receipt.positions[-1] + 1,)
    assert (run.claim, run.opened_at >= at("2025-02-01T12:00:00Z")) == (receipt.positions[0], True)


UNTOLD: dict[str, AnyCommand] = {
    "a role that is not told": role("billing reader"),
    "a role in other letters": role("Reader"),
    "a role where nothing is deployed": role(subscription=S2),
    "roles where nothing is deployed": seen(names=()),
    "a role that is held": role("owner", principal="ann"),
    "a deployment of another model": seen(key=SMALL),
    "a deployment of a model without rules": seen(key=STRANGER),
    "what was there": seen(S1, roles=(), names=("chat",)),
    "a role given up": RevokeRole(subscription=S1, principal="ann", role="owner", source=AZ),
    "a deployment that is gone": DeleteDeployment(subscription=S1, deployment="chat", source=AZ),
    "a webhook": RegisterWebhook(subscription=S1, webhook="hook"),
    "somebody who has one takes another": role("contributor", principal="ann"),
    "a wish": OptOut(person="ann"),
    "a wish that nobody had": OptIn(person="ann"),
    "quietly": snapshot(subscription_snapshot(S2, roles=[assignment()], deployments=[deployment()]), quiet=True),
}


@pytest.mark.parametrize("command", UNTOLD.values(), ids=UNTOLD)
def test_who_does_not_join_is_not_told(told: Ledger, command: AnyCommand) -> None:
    forced = replace(command, forced=True) if isinstance(command, RecordSnapshot) else command
    assert told.execute(forced).runs == ()
    assert len(opened(told)) == 1


def test_where_the_role_names_are_the_rules_a_change_of_rules_counts(told: Ledger) -> None:
    told.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1.model_copy(update={"version": 2, "notified_roles": ("billing reader",)})))
    assert told.execute(role("billing reader")).runs
    assert told.execute(role("contributor")).runs == ()
    assert joined(told)[0].roles == ("billing reader",)


def test_without_dates_there_is_nothing_to_tell(site: Ledger) -> None:
    assert site.execute(deploy(deployment("a"))).runs == ()
    site.execute(announce(replacements=["azure/x"], label=Stage.LEGACY, announced_at=None))
    assert site.execute(deploy(deployment("b"))).runs == ()


def test_after_all_dates_were_taken_back_there_is_nothing_to_tell(told: Ledger) -> None:
    told.execute(announce(legacy=no_date(), deprecated=no_date(), retired=no_date(), announced_at=None))
    assert told.execute(deploy(deployment("code"))).runs == ()
    assert told.execute(role()).runs == ()


@pytest.mark.parametrize(("now", "is_told"), [("2025-05-01", True), ("2025-07-31T23:59:59Z", True), ("2025-08-01", False)])
def test_of_a_retired_model_nobody_is_told_any_more(told: Ledger, clock: HandClock, now: str, *, is_told: bool) -> None:
    clock.set(now)
    assert bool(told.execute(seen()).runs) is is_told
    assert bool(told.execute(role(principal="cat")).runs) is is_told


def test_a_backdated_schedule_stands_for_those_who_join(site: Ledger) -> None:
    site.execute(announce(**DATES, announced_at="2024-11-22"))
    assert opened(site) == []
    assert site.execute(role()).runs == (7,)


def test_each_model_has_a_run_of_its_own(told: Ledger) -> None:
    told.execute(list_model(SMALL, name="Small"))
    told.execute(dated(SMALL))
    told.execute(
        snapshot(subscription_snapshot(S2, roles=[assignment()], deployments=[deployment("a"), deployment("b", SMALL), deployment("c")]))
    )
    assert sorted(str(run.key) for run in joined(told)) == ["azure/mistral-large", "azure/mistral-small"]
    assert len({run.claim for run in joined(told)}) == 1


def test_each_catalogs_rules_name_the_roles_that_are_told_of_its_models(told: Ledger) -> None:
    told.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1.model_copy(update={"catalog": "bedrock", "notified_roles": ("auditor",)})))
    told.execute(list_model(STRANGER, name="Claude"))
    told.execute(dated(STRANGER))
    told.execute(snapshot(subscription_snapshot(S1, deployments=[deployment(), deployment("claude", STRANGER)]), quiet=True))
    told.execute(role("reader"))
    told.execute(role("auditor", principal="cat"))
    assert [(run.key, run.roles) for run in joined(told)] == [(KEY, AZURE_SERVERLESS_V1.notified_roles), (STRANGER, ("auditor",))]


def parts(ledger: Ledger) -> list[dict[str, str]]:
    return [run.scope.as_dict() for run in joined(ledger)]


@pytest.fixture
def split(site: Ledger) -> Ledger:
    """A ledger whose model has dates of its own for each of two versions."""
    site.execute(announce(retired="2025-08-01", scope=V1, announced_at=None))
    site.execute(announce(retired="2025-10-01", scope=V2, announced_at=None))
    return site


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("1",), [V1]),
        (("2", "2"), [V2]),
        (("1", "2", "1"), [V1, V2]),
        (("3",), []),
    ],
)
def test_each_part_that_was_announced_apart_has_a_run(split: Ledger, versions: Sequence[str], expected: list[dict[str, str]]) -> None:
    found = [deployment(f"d{number}", version=version, region="eu") for number, version in enumerate(versions)]
    split.execute(snapshot(subscription_snapshot(S2, roles=[assignment()], deployments=found)))
    assert parts(split) == expected


def test_a_deployment_whose_version_is_not_known_may_lie_in_each_part(split: Ledger) -> None:
    split.execute(deploy(deployment("code", region="eu")))
    assert parts(split) == [V1, V2]
    assert [run.after for run in joined(split)] == [schedule(retired="2025-08-01"), schedule(retired="2025-10-01")]


def test_a_part_that_is_retired_is_left_out(split: Ledger, clock: HandClock) -> None:
    clock.set("2025-09-01")
    split.execute(snapshot(subscription_snapshot(S2, deployments=[deployment("a", version="1"), deployment("b")])))
    assert parts(split) == [V2]


def test_parts_that_are_only_listed_apart_share_a_run(told: Ledger) -> None:
    told.execute(list_model(scope=V1))
    told.execute(
        snapshot(subscription_snapshot(S2, deployments=[deployment("a", version="1"), deployment("b", version="2"), deployment("c")]))
    )
    assert parts(told) == [{}]


def test_wider_and_narrower_announcements_name_a_part_together(told: Ledger) -> None:
    told.execute(announce(retired="2025-09-01", scope={"region": "eu"}, announced_at=None))
    told.execute(announce(replacements=["azure/x"], scope=V1, announced_at=None))
    told.execute(deploy(deployment("a", version="1", region="eu", deployment_type="serverless")))
    assert parts(told) == [{"region": "eu", "version": "1"}]
    assert joined(told)[0].after == schedule(legacy=DATES["legacy"], deprecated=DATES["deprecated"], retired="2025-09-01")


def test_a_refused_snapshot_tells_nobody(told: Ledger) -> None:
    told.execute(seen(S2, names=("a", "b", "c")))
    head = told.store.head()
    bad = snapshot(
        subscription_snapshot("s-3", roles=[assignment()], deployments=[deployment()]), subscription_snapshot(S2, deployments=[])
    )
    with pytest.raises(Exception, match="3 are recorded"):
        told.execute(bad)
    assert told.store.head() == head


def test_a_command_sent_twice_tells_those_who_joined_once(told: Ledger) -> None:
    first = told.execute(seen(), key="k")
    assert told.execute(seen(), key="k") == first
    assert len(joined(told)) == len(first.runs) == 1
