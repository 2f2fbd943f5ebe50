"""Single changes of a subscription: each refusal with its data, and what is recorded where nothing is refused."""

from dataclasses import asdict

import pytest

from domain.directory import decisions, refusals
from domain.directory.commands import (
    AssignRole,
    DeleteDeployment,
    RegisterWebhook,
    RemoveWebhook,
    RevokeRole,
    SubscriptionCommand,
)
from domain.directory.events import PrincipalKind, SubscriptionEvent
from domain.directory.handlers import stream_of
from domain.handlers import stream_of as stream_of_any
from domain.ledger import Ledger
from domain.store.errors import StaleVersion
from tests.domain.directory.said import (
    AZ,
    S1,
    S2,
    SEEN,
    assigned,
    assignment,
    created,
    deleted,
    deploy,
    deployment,
    hooked,
    known,
    revoked,
    snapshot,
    subscription_snapshot,
    unhooked,
)
from tests.ledgers import NOW
from tests.spec import at, just_before

FUTURE = "2025-02-01T12:00:00.000001Z"


SEEN_AT = at(SEEN)
MADE = deploy(seen_at=SEEN)


def take(principal: str = "ann", role: str = "owner", *, via: str | None = None, seen_at: str = SEEN) -> AssignRole:
    return AssignRole(subscription=S1, assignment=assignment(principal, role, via=via), source=AZ, seen_at=at(seen_at))


def give_up(principal: str = "ann", role: str = "owner", *, via: str | None = None) -> RevokeRole:
    return RevokeRole(subscription=S1, principal=principal, role=role, via=via, source=AZ, seen_at=SEEN_AT)


def undeploy(name: str = "chat") -> DeleteDeployment:
    return DeleteDeployment(subscription=S1, deployment=name, source=AZ, seen_at=SEEN_AT)


def hook(webhook: str = "hook") -> RegisterWebhook:
    return RegisterWebhook(subscription=S1, webhook=webhook, seen_at=SEEN_AT)


def unhook(webhook: str = "hook") -> RemoveWebhook:
    return RemoveWebhook(subscription=S1, webhook=webhook, seen_at=SEEN_AT)


CHANGES: dict[str, tuple[tuple[SubscriptionCommand, ...], list[SubscriptionEvent]]] = {
    "a role": ((take(),), [assigned()]),
    "a role that is held": ((take(), take()), [assigned()]),
    "a role by itself and through a group": ((take(), take(via="ops")), [assigned(), assigned(via="ops")]),
    "a role given up": (
        (take(), take(via="ops"), give_up()),
        [assigned(), assigned(via="ops"), revoked()],
    ),
    "a role taken again": ((take(), give_up(), take()), [assigned(), revoked(), assigned()]),
    "a deployment": ((MADE,), [created()]),
    "a deployment made again": ((MADE, undeploy(), MADE), [created(), deleted(), created()]),
    "a webhook": ((hook(), hook()), [hooked()]),
    "a webhook removed": ((hook(), hook("b"), unhook()), [hooked(), hooked("b"), unhooked()]),
}


@pytest.mark.parametrize(("commands", "events"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_recorded_once(ledger: Ledger, commands: tuple[SubscriptionCommand, ...], events: list[SubscriptionEvent]) -> None:
    for command in commands:
        ledger.execute(command)
    assert [entry.event for entry in ledger.store.history(f"subscription:{S1}")] == events


NOT_THERE: dict[str, tuple[SubscriptionCommand, str]] = {
    "nobody's role": (give_up("bob"), "role assignment"),
    "another role": (give_up(role="reader"), "role assignment"),
    "not through this group": (give_up(via="ops"), "role assignment"),
    "another deployment": (undeploy("code"), "deployment"),
    "another webhook": (unhook("other"), "webhook"),
}


@pytest.mark.parametrize(("command", "what"), NOT_THERE.values(), ids=NOT_THERE)
def test_what_a_subscription_does_not_have_cannot_be_taken_from_it(ledger: Ledger, command: SubscriptionCommand, what: str) -> None:
    for held in (take(), MADE, hook()):
        ledger.execute(held)
    with pytest.raises(refusals.NotInSubscription) as refused:
        ledger.execute(command)
    assert asdict(refused.value) == {"subscription": S1, "what": what}
    assert ledger.store.head().position == 3


def test_what_is_gone_cannot_be_taken_twice() -> None:
    with pytest.raises(refusals.NotInSubscription):
        decisions.revoke_role(known(assigned(), revoked()), give_up(), at(NOW))
    with pytest.raises(refusals.NotInSubscription):
        decisions.delete_deployment(known(created(), deleted()), undeploy(), at(NOW))
    with pytest.raises(refusals.NotInSubscription):
        decisions.remove_webhook(known(hooked(), unhooked()), unhook(), at(NOW))


def test_a_refusal_about_a_role_names_nobody() -> None:
    with pytest.raises(refusals.NotInSubscription) as refused:
        decisions.revoke_role(known(), give_up("ann@contoso.com"), at(NOW))
    assert "contoso" not in f"{refused.value} {refused.value!r} {refused.value.args}"


def test_a_deployments_name_is_given_once(ledger: Ledger) -> None:
    ledger.execute(deploy())
    ledger.execute(deploy(subscription=S2))
    with pytest.raises(refusals.AlreadyDeployed) as refused:
        ledger.execute(deploy(deployment(version="2")))
    assert asdict(refused.value) == {"subscription": S1, "deployment": "chat"}


def test_a_principal_of_another_kind_takes_the_role_anew() -> None:
    robot = known(assigned(kind=PrincipalKind.SERVICE_PRINCIPAL))
    assert decisions.assign_role(robot, take(), at(SEEN)) == [revoked(), assigned()]


@pytest.mark.parametrize("command", [take(seen_at=FUTURE), snapshot(subscription_snapshot(), seen_at=FUTURE)])
def test_nothing_was_seen_in_the_future(ledger: Ledger, command: AssignRole) -> None:
    with pytest.raises(refusals.SeenInFuture) as refused:
        ledger.execute(command)
    assert asdict(refused.value) == {"seen_at": at(FUTURE), "now": at(NOW)}


def test_what_was_seen_this_instant_is_recorded(ledger: Ledger) -> None:
    assert ledger.execute(take(seen_at=NOW)).positions == (1,)


def test_a_subscriptions_history_goes_forward(ledger: Ledger) -> None:
    ledger.execute(take(seen_at=SEEN))
    ledger.execute(take("bob", seen_at=SEEN))
    with pytest.raises(refusals.SnapshotOlder) as refused:
        ledger.execute(take("cat", seen_at=just_before(SEEN)))
    assert asdict(refused.value) == {"subscription": S1, "seen_at": at(just_before(SEEN)), "last_seen_at": at(SEEN)}


def test_the_sender_may_insist_on_the_version_of_the_subscription(ledger: Ledger) -> None:
    assert ledger.execute(take(), expected_version=0).version == 1
    with pytest.raises(StaleVersion) as stale:
        ledger.execute(take("bob"), expected_version=0)
    assert (stale.value.stream, stale.value.actual) == ("subscription:s-1", 1)
    assert ledger.execute(take("bob"), expected_version=1).version == 2


def test_a_change_is_about_one_stream_and_a_snapshot_about_several() -> None:
    assert {stream_of(command) for command in (take(), give_up(), deploy(), undeploy(), hook(), unhook())} == {"subscription:s-1"}
    assert stream_of(snapshot()) == stream_of_any(snapshot()) == ""
    assert stream_of_any(hook()) == "subscription:s-1"
