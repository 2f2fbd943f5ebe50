"""A run's audience: chunk by chunk, each once and in order, sealed by a digest that anybody can compute."""

import json
from dataclasses import asdict, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Ledger
from domain.notices import refusals
from domain.notices.commands import CloseRun, RecordAudience
from domain.notices.decisions import chunk_digest
from domain.notices.events import (
    AudienceRecorded,
    Excluded,
    Exclusion,
    NotificationRunClosed,
    Reason,
    Recipient,
    Result,
    SubscriptionCount,
)
from tests.domain.notices.site import RUN, audience, deliveries, last_event, outcome
from tests.spec import KEY


def test_chunks_are_counted_on(announced: Ledger) -> None:
    for chunk in (audience(3, 1, complete=False), audience(2, 2, chunk=2, complete=False), audience(0, 1, chunk=3)):
        announced.execute(chunk)
    recorded = [e.event for e in announced.store.history(f"notice:{KEY}:{RUN}")[1:]]
    assert all(isinstance(event, AudienceRecorded) for event in recorded)
    assert [(e.chunk, e.recipients_so_far, e.excluded_so_far, e.complete, e.run) for e in recorded if isinstance(e, AudienceRecorded)] == [
        (1, 3, 1, False, RUN),
        (2, 5, 3, False, RUN),
        (3, 5, 4, True, RUN),
    ]


@pytest.mark.parametrize(("chunk", "expected"), [(1, 2), (3, 2), (0, 2), (99, 2)])
def test_a_chunk_is_recorded_once_and_in_order(announced: Ledger, chunk: int, expected: int) -> None:
    announced.execute(audience(1, complete=False))
    with pytest.raises(refusals.AudienceOvertaken) as refused:
        announced.execute(audience(1, chunk=chunk))
    assert asdict(refused.value) == {"run": RUN, "chunk": chunk, "expected": expected}


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_a_complete_audience_takes_no_more(announced: Ledger, chunk: int) -> None:
    announced.execute(audience(1))
    with pytest.raises(refusals.AudienceOvertaken) as refused:
        announced.execute(audience(1, chunk=chunk))
    assert asdict(refused.value) == {"run": RUN, "chunk": chunk, "expected": None}


def test_roles_are_counted_with_those_who_are_excluded_and_webhooks_have_none(announced: Ledger) -> None:
    announced.execute(
        RecordAudience(
            key=KEY,
            run=RUN,
            chunk=1,
            complete=True,
            excluded=(Excluded("x", Exclusion.ERASED, (Reason(0, 0),)),),
            recipients=(Recipient("a", 1, (Reason(0, 0), Reason(1, 1))), Recipient("hook", 0, (Reason(1, -1),))),
            roles=("reader", "contributor", "owner"),
            subscriptions=(SubscriptionCount("s-1", 2), SubscriptionCount("s-2", 2)),
        )
    )
    event = last_event(announced)
    assert isinstance(event, AudienceRecorded)
    assert list(event.counts.items()) == [("contributor", 1), ("reader", 2)]


texts = st.text(max_size=8)
reasons = st.lists(st.builds(Reason, st.integers(0, 3), st.integers(-1, 3)), max_size=3).map(tuple)
contents = st.tuples(
    st.lists(st.builds(Recipient, texts, st.integers(0, 9), reasons), max_size=3).map(tuple),
    st.lists(st.builds(Excluded, texts, st.sampled_from(Exclusion), reasons), max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    st.lists(st.builds(SubscriptionCount, texts, st.integers(0, 9)), max_size=3).map(tuple),
)


@given(st.sampled_from(["", "ab" * 32]), contents)
def test_a_digest_can_be_computed_by_anybody(before: str, content: tuple[object, ...]) -> None:
    text = before + json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    assert chunk_digest(before, *content) == sha256(text.encode()).hexdigest()  # type: ignore[arg-type]  # as drawn


def test_each_digest_seals_all_chunks_before_it_and_the_closure_holds_the_last(announced: Ledger) -> None:
    for number, chunk in enumerate((audience(2, 1, complete=False), audience(1, chunk=2, complete=False), audience(0, 1, chunk=3)), 1):
        assert chunk.chunk == number
        announced.execute(chunk)
    announced.execute(deliveries(*(outcome(number, Result.ACCEPTED) for number in (1, 2, 3))))
    announced.execute(CloseRun(key=KEY, run=RUN))
    events = [entry.event for entry in announced.store.history(f"notice:{KEY}:{RUN}")]
    digest = ""
    for event in events[1:4]:
        assert isinstance(event, AudienceRecorded)
        content = [event.recipients, event.excluded, event.roles, event.subscriptions]
        digest = sha256((digest + json.dumps(content, separators=(",", ":"), ensure_ascii=False)).encode()).hexdigest()
        assert event.digest == digest
    assert isinstance(events[-1], NotificationRunClosed)
    assert events[-1].digest == digest


def test_any_other_audience_has_another_digest(announced: Ledger) -> None:
    base = audience(2, 1)
    variants = [
        base,
        replace(base, recipients=base.recipients[::-1]),
        replace(base, recipients=(base.recipients[0]._replace(address=2), base.recipients[1])),
        replace(base, recipients=base.recipients[:1]),
        replace(base, excluded=(base.excluded[0]._replace(exclusion=Exclusion.ERASED),)),
        replace(base, roles=("reader", "owner")),
        replace(base, subscriptions=(SubscriptionCount("s-2", 3),)),
    ]
    digests = {chunk_digest("", one.recipients, one.excluded, one.roles, one.subscriptions) for one in variants}
    assert len(digests | {chunk_digest("x", base.recipients, base.excluded, base.roles, base.subscriptions)}) == len(variants) + 1
    assert announced.execute(base).positions == (7,)
