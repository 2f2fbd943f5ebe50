"""A subscription and a person are what their histories have made them, at any point of them."""

from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import person
from domain.directory.subscription import Subscription, evolve, fold, seen_by
from domain.events import Event
from domain.instants import format_instant
from tests.domain.directory.said import (
    S1,
    assigned,
    created,
    deleted,
    erased,
    hooked,
    known,
    opted_in,
    opted_out,
    recorded,
    revoked,
    unhooked,
)
from tests.spec import TICK, at

names = st.sampled_from(["a", "b", "c"])
roles = st.sampled_from(["owner", "reader"])
groups = st.sampled_from([None, "g"])
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(assigned, names, roles, via=groups),
    st.builds(revoked, names, roles, via=groups),
    st.builds(created, names, scope=st.sampled_from([{}, {"version": "1"}])),
    st.builds(deleted, names),
    st.builds(hooked, names),
    st.builds(unhooked, names),
)


@settings(deadline=None)
@given(st.lists(events, max_size=20), st.integers(0, 20))
def test_folding_in_pieces_gives_what_folding_at_once_gives(said: list[Event], cut: int) -> None:
    history = recorded(said)
    assert reduce(evolve, history[cut:], fold(S1, history[:cut])) == fold(S1, history)


@settings(deadline=None)
@given(st.lists(events, max_size=20))
def test_a_role_stands_where_the_last_word_about_it_gave_it(said: list[Event]) -> None:
    last: dict[object, bool] = {}
    for event in said:
        if event.topic.startswith("Role"):
            told = event.model_dump()
            last[told["principal"], told["role"], told["via"]] = event.topic == "RoleAssigned.v1"
    assert set(known(*said).roles) == {key for key, stands in last.items() if stands}


def test_members_hold_any_of_the_roles_each_once() -> None:
    site = known(
        assigned("ann"), assigned("ann", "reader"), assigned("ann", via="ops"), assigned("bob", "reader"), assigned("cat", "billing")
    )
    assert site.members(["owner", "reader"]) == {"ann", "bob"}
    assert site.members(["OWNER"]) == site.members([]) == frozenset()


def test_who_holds_a_role_in_two_ways_stays_a_member_when_one_ends() -> None:
    assert known(assigned("ann"), assigned("ann", via="ops"), revoked("ann")).members(["owner"]) == {"ann"}


def test_of_a_new_subscription_nothing_is_known() -> None:
    assert fold(S1, ()) == Subscription(S1)
    assert known(assigned()).version == 1


def test_what_had_been_seen_by_an_instant_is_the_subscription_then() -> None:
    history = recorded([assigned("ann", seen_at="2025-01-10"), created(seen_at="2025-01-10"), revoked("ann", seen_at="2025-01-20")])
    assert fold(S1, seen_by(history, at("2025-01-10") - TICK)) == Subscription(S1)
    assert fold(S1, seen_by(history, at("2025-01-10"))).members(["owner"]) == {"ann"}
    assert fold(S1, seen_by(history, at("2025-01-20") - TICK)).members(["owner"]) == {"ann"}
    assert fold(S1, seen_by(history, at("2025-01-20"))).members(["owner"]) == frozenset()


@given(st.lists(events, max_size=10), st.integers(-1, 11))
def test_what_had_been_seen_is_always_a_beginning_of_the_history(said: list[Event], day: int) -> None:
    dated = [event.model_copy(update={"seen_at": at(f"2025-01-{number:02}")}) for number, event in enumerate(said, 10)]
    history = recorded(dated)
    asked = at("2025-01-10") + (at("2025-01-11") - at("2025-01-10")) * day
    assert list(seen_by(history, asked)) == list(history[: max(0, day + 1)]), format_instant(asked)


@given(st.lists(st.sampled_from([opted_out(), opted_in(), erased()]), max_size=8), st.integers(0, 8))
def test_a_person_is_folded_in_pieces_too(said: list[Event], cut: int) -> None:
    history = recorded(said, "person:ann")
    whole = person.fold("ann", history)
    assert reduce(person.evolve, history[cut:], person.fold("ann", history[:cut])) == whole
    assert (whole.version, whole.erased) == (len(said), erased() in said)
    wishes = [event for event in said if event != erased()]
    assert whole.opted_out == (wishes[-1:] == [opted_out()])
