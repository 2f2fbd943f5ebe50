"""The verifier on notification runs made by hand: what outcomes come to, and that an audience and its closure are what was sealed."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices.events import Result
from domain.verify_answer import Refused, check_entries, closure_answer, read_checkpoint, standing, told_answer, verify
from projections.notices.told import OutcomeRow
from projections.notices.told import standing as the_ledgers_standing
from tests.verifier.making import JSON, Log, Row

RUN = "notice:azure/mistral-large:1"
ANSWERS = {"told": told_answer, "closure": closure_answer}
RETIRED = {"kind": "on", "raw": None, "value": "2025-04-15"}


def opened(**changed: Any) -> JSON:
    dates = {"legacy": None, "deprecated": None, "retired": RETIRED}
    return {"run": 1, "key": "azure/mistral-large", "scope": {}, "after": dates, **changed}


def chunk(before: str, recipients: Sequence[str], excluded: Sequence[str] = ()) -> JSON:
    """A chunk of an audience: all own the subscription `s`."""
    told, left = [[name, 1, [[0, 0]]] for name in recipients], [[name, "opted_out", [[0, 0]]] for name in excluded]
    size = len(told) + len(left)
    content = json.dumps([told, left, ["owner"], [["s", size]]], separators=(",", ":"))
    sealed = sha256(before.encode() + content.encode()).hexdigest()
    return {"recipients": told, "excluded": left, "roles": ["owner"], "subscriptions": [["s", size]], "digest": sealed}


def outcomes(*rows: tuple[int, str]) -> JSON:
    """Outcomes, a second apart."""
    found = [[number, result, 1000 * place, "250", f"q{place}"] for place, (number, result) in enumerate(rows)]
    return {"since": "2024-06-01T00:00:00Z", "channel": "smtp", "outcomes": found}


FIRST = chunk("", ["ann", "bob"])
SECOND = chunk(FIRST["digest"], ["cid"], ["dan"])
ALL = outcomes((1, "accepted"), (2, "transient"), (3, "permanent"), (2, "accepted"))


def closed(**changed: Any) -> JSON:
    return {"closed_at": "2024-06-02T00:00:00Z", "digest": SECOND["digest"], "expected": 4, "excluded": 1, **changed}


def log(*events: JSON) -> Log:
    """A run's log: what an event is shows in its fields."""
    topics = {
        "after": "NotificationRunOpened",
        "roles": "AudienceRecorded",
        "since": "DeliveriesRecorded",
        "closed_at": "NotificationRunClosed",
    }
    found: list[Row] = [(RUN, f"{next(topics[name] for name in topics if name in event)}.v1", event) for event in events]
    return Log(found)


def answered(log: Log, kind: str, **question: Any) -> bytes:
    asked = {"run": 1, "position": len(log.rows), **question}
    bundle = log.bundle(kind, asked, {}, (RUN,))
    told = ANSWERS[kind](check_entries(bundle["entries"], read_checkpoint(bundle["checkpoint"])), asked)
    return json.dumps({**bundle, "answer": told}).encode()


WHOLE = (opened(), FIRST, SECOND, ALL, closed())


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (WHOLE, "was closed at 2024-06-02T00:00:00Z with 4 expected: 2 accepted, 1 failed, 1 excluded, 0 pending"),
        (
            (*WHOLE, outcomes((2, "bounced"))),
            "was closed at 2024-06-02T00:00:00Z with 4 expected: 1 accepted, 2 failed, 1 excluded, 0 pending",
        ),
        (WHOLE[:3], "was open with 4 expected: 0 accepted, 0 failed, 1 excluded, 3 pending"),
        (WHOLE[:2], "was open with 2 expected: 0 accepted, 0 failed, 0 excluded, 2 pending"),
    ],
)
def test_a_run_is_counted_from_its_entries(events: Sequence[JSON], words: str) -> None:
    made = log(*events)
    assert words in verify(answered(made, "closure"), [made.signer.key]).sentence


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("ann", "ann was told of azure/mistral-large in run 1 at 2024-06-01T00:00:00Z"),
        ("bob", "bob was told of azure/mistral-large in run 1 at 2024-06-01T00:00:03Z"),
        ("cid", "cid could not be told of azure/mistral-large in run 1,"),
        ("dan", "dan was left out of azure/mistral-large in run 1,"),
    ],
)
def test_what_became_of_a_person_follows_from_the_entries(person: str, words: str) -> None:
    made = log(*WHOLE)
    content = answered(made, "told", person=person)
    assert words in verify(content, [made.signer.key]).sentence
    assert json.loads(content)["answer"]["retired"] == {"on": "2025-04-15"}
    assert json.loads(content)["answer"]["reasons"] == [{"subscription": "s", "role": "owner"}]


def test_a_person_was_not_told_before_the_acceptance_was_recorded() -> None:
    made = log(*WHOLE)
    assert "ann was not told yet" in verify(answered(made, "told", person="ann", position=3), [made.signer.key]).sentence


@pytest.mark.parametrize(
    ("kind", "events", "asked", "reason"),
    [
        ("told", WHOLE, {"person": "eve"}, "does not have that person"),
        ("told", WHOLE, {"person": "cid", "position": 2}, "does not have that person"),
        ("told", WHOLE, {"person": "ann", "run": 2}, "another run"),
        ("closure", (opened(run=2), *WHOLE[1:]), {}, "another run"),
        ("closure", (*WHOLE, opened()), {}, "another run"),
        ("closure", (opened(key="azure/other"), *WHOLE[1:]), {}, "other streams"),
        ("closure", (FIRST, opened(), *WHOLE[3:]), {"position": 1}, "was not opened"),
        ("closure", (opened(), FIRST, {**SECOND, "digest": FIRST["digest"]}), {}, "its digest seals"),
        ("closure", (opened(), SECOND, FIRST), {}, "its digest seals"),
        ("closure", (opened(), chunk("", ["ann"]), SECOND), {}, "its digest seals"),
        ("closure", (opened(), {**FIRST, "recipients": FIRST["recipients"][:1]}), {}, "its digest seals"),
        ("closure", (*WHOLE[:3], closed()), {}, "before all was accounted for"),
        ("closure", (*WHOLE[:4], closed(expected=5)), {}, "before all was accounted for"),
        ("closure", (*WHOLE[:4], closed(excluded=0)), {}, "of another audience"),
        ("closure", (*WHOLE[:4], closed(digest=FIRST["digest"])), {}, "of another audience"),
    ],
)
def test_what_a_run_does_not_say_is_refused_whoever_signs_it(kind: str, events: Sequence[JSON], asked: JSON, reason: str) -> None:
    made = log(*events)
    question = {"run": 1, "position": len(events), **asked}
    with pytest.raises(Refused, match=reason):
        verify(json.dumps(made.bundle(kind, question, {}, (RUN,))).encode(), [made.signer.key])


def test_the_seal_is_over_text_as_it_is_and_not_as_escapes() -> None:
    event = chunk("", ["ann"])
    event["roles"] = ["propriétaire"]
    content = [event["recipients"], [], event["roles"], event["subscriptions"]]
    event["digest"] = sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    made = log(opened(), event)
    assert "1 expected" in verify(answered(made, "closure"), [made.signer.key]).sentence


results = st.sampled_from([result.value for result in Result])


@given(st.lists(results, max_size=8))
def test_outcomes_come_to_the_same_here_and_in_the_ledger(found: list[str]) -> None:
    rows = [OutcomeRow(result, f"2024-06-01T00:00:0{place}Z", "smtp", None, None, None) for place, result in enumerate(found)]
    state, decisive, attempts = standing([row._asdict() for row in rows])
    ours = the_ledgers_standing(rows)
    assert (state, attempts) == (ours.state.value, ours.attempts)
    assert decisive == (ours.decisive._asdict() if ours.decisive else None)


@pytest.mark.parametrize(
    ("found", "state", "decisive"),
    [
        ("", "pending", None),
        ("transient unknown", "pending", 1),
        ("transient accepted accepted", "accepted", 1),
        ("accepted permanent", "accepted", 0),
        ("permanent transient", "failed", 0),
        ("accepted bounced", "failed", 1),
        ("accepted bounced accepted", "accepted", 2),
        ("bounced", "failed", 0),
        ("given_up", "failed", 0),
        ("suppressed accepted", "accepted", 1),
    ],
)
def test_who_was_told_stays_told_unless_it_came_back(found: str, state: str, decisive: int | None) -> None:
    given_ones = [{"result": result, "at": str(place)} for place, result in enumerate(found.split())]
    came_to = standing(given_ones)
    assert came_to == (state, None if decisive is None else given_ones[decisive], sum(each["result"] != "bounced" for each in given_ones))
