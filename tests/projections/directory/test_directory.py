"""The directory's answers are those of a plain replay, at every position."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directory.events import DeploymentCreated, Level, OptedIn, OptedOut, PersonErased, RoleAssigned
from domain.subjects import WHOLE, Scope
from projections.directory.members import members
from projections.directory.subscriptions import SubscriptionRow, count, subscriptions
from projections.directory.wishes import wishes
from projections.tables.views import Views
from tests.projections.directory.histories import (
    MODEL,
    PRINCIPALS,
    ROLES,
    SCOPES,
    START,
    AnyEvent,
    Place,
    histories,
    members_of,
    replayed,
    stream_of,
)
from tests.projections.tables.logs import Log, opened

THOROUGH = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def take(log: Log, events: Sequence[AnyEvent]) -> None:
    for event in events:
        log.take(stream_of(event), event)


@THOROUGH
@given(histories(), st.sampled_from(SCOPES))
def test_members_are_those_of_a_plain_replay_at_every_position(events: list[AnyEvent], scope: Scope) -> None:
    with opened() as log, Views.open(None) as views:
        take(log, events)
        views.catch_up(log.store)
        with views.reading() as connection:
            for position in range(len(events) + 1):
                for joined_from in (None, *range(1, position + 1)):
                    found = list(members(connection, MODEL, scope, ROLES, position, joined_from))
                    assert found == members_of(events, scope, position, joined_from), (position, joined_from)


@THOROUGH
@given(histories())
def test_subscriptions_and_wishes_are_those_of_a_plain_replay_at_every_position(events: list[AnyEvent]) -> None:
    with opened() as log, Views.open(None) as views:
        take(log, events)
        views.catch_up(log.store)
        with views.reading() as connection:
            for position in range(len(events) + 1):
                expected = [row_of(name, place) for name, place in sorted(replayed(events, position).items())]
                first = list(subscriptions(connection, None, 1, position))
                assert first + list(subscriptions(connection, first[0].id if first else None, 9, position)) == expected
                assert count(connection, position) == len(expected)
                assert wishes(connection, position) == wishes(connection, position, iter(["bob", "ann"])) == wished(events[:position])
                assert wishes(connection, position, []) == {}


def row_of(name: str, place: Place) -> SubscriptionRow:
    return SubscriptionRow(name, len({principal for principal, _, _ in place.roles}), len(place.deployments))


def wished(events: Sequence[AnyEvent]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        match event:
            case OptedOut():
                found[event.person] = "opted_out"
            case OptedIn():
                del found[event.person]
            case PersonErased():
                found[event.person] = "erased"
            case _:
                pass
    return found


@pytest.fixture
def standing(log: Log, views: Views) -> Views:
    """Ann owns s-1 and reads s-2, both with a deployment; the crew reads s-2, where Bob stands for it; s-10 has no deployment."""
    take(log, [deployed("s-1"), deployed("s-2"), held("s-1", "ann", "owner"), held("s-2", "ann", "reader"), held("s-2", "crew", "reader")])
    take(log, [held("s-2", "bob", "reader", via="crew"), held("s-10", "daemon", "owner")])
    views.catch_up(log.store)
    return views


def test_who_stands_in_several_places_comes_once_with_all_reasons(standing: Views) -> None:
    with standing.reading() as connection:
        told = [(member.id, member.reasons) for member in members(connection, MODEL, WHOLE, ROLES, 7)]
    assert told == [("ann", (("s-1", "owner"), ("s-2", "reader"))), ("bob", (("s-2", "reader"),))]


def test_a_group_is_named_where_nobody_says_who_it_is(standing: Views) -> None:
    with standing.reading() as connection:
        told = [member.id for member in members(connection, MODEL, WHOLE, ROLES, 5)]
    assert told == ["ann", "crew"]


def test_who_joins_later_is_told_for_the_new_place_alone(standing: Views, log: Log) -> None:
    take(log, [held("s-1", "bob", "owner"), held("s-1", "ann", "reader"), deployed("s-10")])
    standing.catch_up(log.store)
    with standing.reading() as connection:
        told = {member.id: member.reasons for member in members(connection, MODEL, WHOLE, ROLES, 10, 8)}
    assert told == {"bob": (("s-1", "owner"),), "daemon": (("s-10", "owner"),)}


def deployed(subscription: str) -> AnyEvent:
    return DeploymentCreated(deployment="d", key=MODEL, scope=WHOLE, seen_at=START, source="test", subscription=subscription)


def held(subscription: str, principal: str, role: str, via: str | None = None) -> AnyEvent:
    return RoleAssigned(
        level=Level.SUBSCRIPTION,
        principal=principal,
        principal_kind=PRINCIPALS[principal],
        role=role,
        seen_at=START,
        source="test",
        subscription=subscription,
        via=via,
    )
