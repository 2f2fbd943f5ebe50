"""Snapshots: only what changed is recorded, and a listing that was cut short is not believed."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from domain.directory.commands import Assignment, Deployment, SubscriptionSnapshot
from domain.directory.decisions import take_snapshot
from domain.directory.events import Level, PrincipalKind, SubscriptionEvent
from domain.directory.refusals import SnapshotOlder, SnapshotTooSmall, SubscriptionTwice
from domain.directory.subscription import Subscription, fold
from domain.ledger import Ledger
from tests.domain.directory.said import (
    AZ,
    S1,
    S2,
    SEEN,
    assigned,
    assignment,
    created,
    deleted,
    deployment,
    hooked,
    known,
    recorded,
    revoked,
    snapshot,
    subscription_snapshot,
)
from tests.ledgers import NOW, HandClock
from tests.spec import at

ANN, BOB, CAT = assignment("ann"), assignment("bob", "reader"), assignment("cat", via="ops")
CHAT, CODE = deployment("chat"), deployment("code", version="1")


def taken(before: Subscription, seen: SubscriptionSnapshot, *, forced: bool = False) -> Sequence[SubscriptionEvent]:
    return take_snapshot(before, seen, AZ, at(SEEN), forced=forced)


def roles(*held: Assignment) -> SubscriptionSnapshot:
    return subscription_snapshot(roles=held)


def deployments(*found: Deployment) -> SubscriptionSnapshot:
    return subscription_snapshot(deployments=found)


def test_the_first_snapshot_records_all_that_it_holds() -> None:
    events = taken(known(), subscription_snapshot(roles=(ANN, CAT), deployments=(CODE,)))
    assert events == [assigned("ann"), assigned("cat", via="ops"), created("code", scope={"version": "1"})]


ROLE_CHANGES: dict[str, tuple[tuple[Assignment, ...], list[SubscriptionEvent]]] = {
    "the same": ((BOB, ANN), []),
    "one came": ((ANN, BOB, CAT), [assigned("cat", via="ops")]),
    "one went": ((BOB,), [revoked("ann")]),
    "another role": ((ANN, assignment("bob", "owner")), [revoked("bob", "reader"), assigned("bob", "owner")]),
    "through a group as well": ((ANN, BOB, assignment("ann", via="ops")), [assigned("ann", via="ops")]),
    "at another level": ((replace(ANN, level=Level.ROOT), BOB), []),
    "listed twice": ((ANN, BOB, CAT, CAT, ANN), [assigned("cat", via="ops")]),
}


@pytest.mark.parametrize(("seen", "events"), ROLE_CHANGES.values(), ids=ROLE_CHANGES)
def test_only_what_changed_of_the_roles_is_recorded(seen: tuple[Assignment, ...], events: list[SubscriptionEvent]) -> None:
    assert taken(known(assigned("ann"), assigned("bob", "reader"), created()), roles(*seen)) == events


DEPLOYMENT_CHANGES: dict[str, tuple[tuple[Deployment, ...], list[SubscriptionEvent]]] = {
    "the same": ((CODE, CHAT), []),
    "one came": ((CHAT, CODE, deployment("new")), [created("new")]),
    "one went": ((CHAT,), [deleted("code")]),
    "another version": ((CHAT, deployment("code", version="2")), [deleted("code"), created("code", scope={"version": "2"})]),
    "no version any more": ((CHAT, deployment("code")), [deleted("code"), created("code")]),
    "listed twice": ((CHAT, CODE, CHAT), []),
}


@pytest.mark.parametrize(("seen", "events"), DEPLOYMENT_CHANGES.values(), ids=DEPLOYMENT_CHANGES)
def test_only_what_changed_of_the_deployments_is_recorded(seen: tuple[Deployment, ...], events: list[SubscriptionEvent]) -> None:
    assert taken(known(created(), created("code", scope={"version": "1"}), assigned()), deployments(*seen)) == events


def test_a_principal_that_turns_out_to_be_of_another_kind_is_recorded_anew() -> None:
    before = known(assigned("ann", kind=PrincipalKind.SERVICE_PRINCIPAL), assigned("bob", "reader"))
    assert taken(before, roles(ANN, BOB)) == [revoked("ann"), assigned("ann")]


@pytest.mark.parametrize("seen", [roles(ANN), deployments(CHAT)], ids=["roles", "deployments"])
def test_roles_and_deployments_are_read_apart(seen: SubscriptionSnapshot) -> None:
    everything = assigned(), assigned("bob", "reader"), created(), created("code"), hooked()
    after = known(*everything, *taken(known(*everything), seen))
    untouched = {"ann", "bob"} if seen.assignments is None else {"ann"}
    assert after.members(["owner", "reader"]) == untouched
    assert set(after.deployments) == ({"chat"} if seen.deployments else {"chat", "code"})
    assert after.webhooks == {"hook"}


@pytest.mark.parametrize("what", ["roles", "deployments"])
@pytest.mark.parametrize(
    ("before", "now", "refused"), [(0, 0, False), (1, 0, True), (1, 1, False), (4, 2, False), (4, 1, True), (5, 2, True)]
)
def test_a_snapshot_in_which_more_than_half_is_gone_is_refused(what: str, before: int, now: int, *, refused: bool) -> None:
    names = [f"n{number}" for number in range(before)]
    if what == "roles":
        standing, seen = known(*map(assigned, names)), roles(*map(assignment, names[:now]))
    else:
        standing, seen = known(*map(created, names)), deployments(*map(deployment, names[:now]))
    assert len(taken(standing, seen, forced=True)) == before - now
    if not refused:
        assert len(taken(standing, seen)) == before - now
        return
    with pytest.raises(SnapshotTooSmall) as problem:
        taken(standing, seen)
    assert asdict(problem.value) == {"subscription": S1, "what": what, "before": before, "now": now}


@pytest.mark.parametrize("seen", [roles(*[assignment("n0")] * 5), deployments(*[deployment("n0")] * 5)], ids=["roles", "deployments"])
def test_duplicates_do_not_make_a_snapshot_larger(seen: SubscriptionSnapshot) -> None:
    names = [f"n{number}" for number in range(5)]
    with pytest.raises(SnapshotTooSmall) as problem:
        taken(known(*map(assigned, names), *map(created, names)), seen)
    assert (problem.value.before, problem.value.now) == (5, 1)


def test_a_snapshot_goes_in_whole_or_not_at_all(ledger: Ledger) -> None:
    ledger.execute(snapshot(subscription_snapshot(S2, roles=[ANN, BOB, CAT])))
    with pytest.raises(SnapshotTooSmall):
        ledger.execute(snapshot(subscription_snapshot(S1, roles=[ANN]), subscription_snapshot(S2, roles=[ANN])))
    assert ledger.store.streams("subscription:") == ("subscription:s-2",)


def test_the_same_snapshot_again_appends_nothing(ledger: Ledger, clock: HandClock) -> None:
    seen = subscription_snapshot(roles=[ANN, BOB], deployments=[CHAT, CODE])
    assert ledger.execute(snapshot(seen)).positions == (1, 2, 3, 4)
    clock.advance(days=1)
    again = ledger.execute(snapshot(seen))
    assert (again.positions, again.recorded_at, again.runs) == ((), None, ())
    assert ledger.store.head().position == 4


def test_what_was_seen_is_dated_as_stated_else_now(ledger: Ledger) -> None:
    ledger.execute(snapshot(subscription_snapshot(roles=[ANN]), seen_at=SEEN))
    ledger.execute(snapshot(subscription_snapshot(roles=[ANN, BOB])))
    assert [entry.event for entry in ledger.store.log()] == [assigned(seen_at=SEEN), assigned("bob", "reader", NOW)]


def test_an_older_snapshot_comes_too_late(ledger: Ledger) -> None:
    ledger.execute(snapshot(subscription_snapshot(roles=[ANN]), seen_at="2025-01-10"))
    ledger.execute(snapshot(subscription_snapshot(deployments=[CHAT]), seen_at="2025-01-10"))
    with pytest.raises(SnapshotOlder) as problem:
        ledger.execute(snapshot(subscription_snapshot(roles=[BOB]), seen_at="2025-01-09T23:59:59.999999Z"))
    assert asdict(problem.value) == {
        "subscription": S1,
        "seen_at": at("2025-01-09T23:59:59.999999Z"),
        "last_seen_at": at("2025-01-10"),
    }


def test_a_snapshot_leaves_the_subscription_as_it_was_seen() -> None:
    before = assigned("ann"), assigned("bob", "reader"), created(), created("code", scope={"version": "1"})
    seen = subscription_snapshot(roles=[BOB, CAT], deployments=[deployment("chat", version="2"), deployment("new")])
    after = fold(S1, recorded([*before, *taken(known(*before), seen)]))
    assert set(after.roles) == {("bob", "reader", None), ("cat", "owner", "ops")}
    assert {name: one.scope.as_dict() for name, one in after.deployments.items()} == {"chat": {"version": "2"}, "new": {}}


def test_a_subscription_stands_in_a_snapshot_once(ledger: Ledger) -> None:
    with pytest.raises(SubscriptionTwice) as refused:
        ledger.execute(snapshot(roles(ANN), roles(BOB)))
    assert asdict(refused.value) == {"subscription": S1}
    assert ledger.store.head().position == 0
