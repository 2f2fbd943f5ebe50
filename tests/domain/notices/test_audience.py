"""Audiences as chunks: each member once, with its reasons, and a reason why where it cannot be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directory.events import PrincipalKind
from domain.notices import audience
from domain.notices.audience import CHUNK_MEMBERS, NO_ROLE, Member, Reach, chunk_of, exclusion_of, in_chunks
from domain.notices.events import Excluded, Exclusion, Reason, Recipient, SubscriptionCount

USER, GROUP, ROBOT = PrincipalKind.USER, PrincipalKind.GROUP, PrincipalKind.SERVICE_PRINCIPAL


def member(name: str = "ann", kind: PrincipalKind | None = USER, *reasons: tuple[str, str]) -> Member:
    return Member(name, kind, reasons or (("s-1", "owner"),))


@pytest.mark.parametrize(
    ("kind", "reach", "exclusion"),
    [
        (USER, Reach(address=1), None),
        (USER, Reach(address=2), None),
        (USER, Reach(), Exclusion.NO_ADDRESS),
        (USER, Reach(address=1, opted_out=True), Exclusion.OPTED_OUT),
        (USER, Reach(opted_out=True), Exclusion.OPTED_OUT),
        (USER, Reach(erased=True), Exclusion.ERASED),
        (USER, Reach(address=1, erased=True, opted_out=True), Exclusion.ERASED),
        (GROUP, Reach(address=1), Exclusion.GROUP_NOT_EXPANDED),
        (ROBOT, Reach(address=1), Exclusion.SERVICE_PRINCIPAL),
        (ROBOT, Reach(erased=True), Exclusion.SERVICE_PRINCIPAL),
        (None, Reach(), None),
    ],
)
def test_why_somebody_cannot_be_told(kind: PrincipalKind | None, reach: Reach, exclusion: Exclusion | None) -> None:
    assert exclusion_of(member(kind=kind), reach) is exclusion


def test_a_chunk_names_subscriptions_and_roles_once() -> None:
    members = [
        member("ann", USER, ("s-2", "reader"), ("s-1", "owner")),
        member("bot", ROBOT, ("s-1", "reader")),
        member("hook", None, ("s-1", "")),
    ]
    chunk = chunk_of(members, [Reach(address=2), Reach(address=1), Reach(address=1)])
    assert chunk.roles == ("owner", "reader")
    assert chunk.subscriptions == (SubscriptionCount("s-2", 1), SubscriptionCount("s-1", 3))
    assert chunk.recipients == (Recipient("ann", 2, (Reason(0, 1), Reason(1, 0))), Recipient("hook", 0, (Reason(1, NO_ROLE),)))
    assert chunk.excluded == (Excluded("bot", Exclusion.SERVICE_PRINCIPAL, (Reason(1, 1),)),)


def test_a_chunk_of_nobody_is_empty() -> None:
    assert chunk_of([], []) == audience.Chunk((), (), (), ())


@given(
    st.lists(
        st.builds(
            Member,
            st.text(max_size=3),
            st.sampled_from([*PrincipalKind, None]),
            st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["owner", "reader", ""])), max_size=3).map(tuple),
        ),
        max_size=8,
    ),
    st.data(),
)
def test_nobody_is_lost_and_every_reason_can_be_read_back(members: list[Member], data: st.DataObject) -> None:
    reaches = [data.draw(st.builds(Reach, st.integers(0, 2), st.booleans(), st.booleans())) for _ in members]
    chunk = chunk_of(members, reaches)
    everybody: list[Recipient | Excluded] = [*chunk.recipients, *chunk.excluded]
    read = {(one.id, tuple((chunk.subscriptions[s].id, chunk.roles[r] if r >= 0 else "") for s, r in one.reasons)) for one in everybody}
    assert len(chunk.recipients) + len(chunk.excluded) == len(members)
    assert read == {(one.id, one.reasons) for one in members}
    assert sum(counted.members for counted in chunk.subscriptions) == sum(len(one.reasons) for one in members)
    assert [one.id for one in chunk.recipients] == [
        one.id for one, reach in zip(members, reaches, strict=True) if not exclusion_of(one, reach)
    ]


@pytest.mark.parametrize(
    ("members", "recorded", "sizes"),
    [
        (0, 0, [0]),
        (1, 0, [1]),
        (CHUNK_MEMBERS, 0, [CHUNK_MEMBERS]),
        (CHUNK_MEMBERS + 1, 0, [CHUNK_MEMBERS, 1]),
        (2 * CHUNK_MEMBERS + 3, 0, [CHUNK_MEMBERS, CHUNK_MEMBERS, 3]),
        (2 * CHUNK_MEMBERS + 3, 1, [CHUNK_MEMBERS, 3]),
        (2 * CHUNK_MEMBERS + 3, 2, [3]),
    ],
)
def test_an_audience_is_cut_where_it_was_cut_before(members: int, recorded: int, sizes: list[int]) -> None:
    everybody = [member(f"n{number}") for number in range(members)]
    chunks = list(in_chunks(everybody, recorded))
    assert [len(chunk) for chunk, _ in chunks] == sizes
    assert [last for _, last in chunks] == [False] * (len(sizes) - 1) + [True]
    assert [one for chunk, _ in chunks for one in chunk] == everybody[recorded * CHUNK_MEMBERS :]
