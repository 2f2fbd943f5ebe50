"""The rules of the stand-alone verifier, rule by rule: the worked table on real rows first, then one small test for each rule."""

from typing import Any

import pytest

from domain.verify_answer import answer, boundaries

JSON = dict[str, Any]

KEY = "azure/mistral-large"
LATER = "2030-01-01"

GA = "generally_available"


# --- Entries ----------------------------------------------------------------------------------------------------------


def at(text: str) -> str:
    """A day stands for its first instant."""
    return text if "T" in text else f"{text}T00:00:00Z"


def on(value: str) -> JSON:
    return {"kind": "on", "raw": None, "value": value}


def not_before(value: str) -> JSON:
    return {"kind": "not_before", "raw": None, "value": value}


def no_date() -> JSON:
    return {"kind": "withdrawn", "raw": None, "value": None}


def source(name: str, document: str | None = None) -> JSON:
    return {"address": None, "document": document, "name": name, "raw": None, "row": None}


def entry(kind: str, announced_at: str, event: JSON, recorded_at: str | None = None) -> JSON:
    payload = {"announced_at": at(announced_at), **event}
    return {"recorded_at": at(recorded_at or announced_at), "type": kind, "event": payload}


def listed(announced_at: str, stage: str = GA, *, since: str | None = None, scope: JSON | None = None) -> JSON:
    start = None if since is None else at(since)
    said = {"scope": scope or {}, "since": start, "source": source("A"), "stage": stage}
    return entry("ModelListed", announced_at, {"key": KEY, "name": "Mistral-large", "provider": "Mistral AI", **said})


def announced(
    announced_at: str,
    *,
    legacy: JSON | None = None,
    deprecated: JSON | None = None,
    retired: JSON | None = None,
    label: str | None = None,
    replacements: list[str] | None = None,
    scope: JSON | None = None,
    page: str = "A",
    document: str | None = None,
    recorded_at: str | None = None,
) -> JSON:
    dates = {"legacy": legacy, "deprecated": deprecated, "retired": retired}
    said = {"label": label, "replacements": replacements, "notes": None, "source": source(page, document)}
    return entry("RetirementAnnounced", announced_at, {"key": KEY, "scope": scope or {}, **dates, **said}, recorded_at)


def entered(announced_at: str, stage: str, effective_at: str | None = None, *, basis: str = "provider") -> JSON:
    said = {"basis": basis, "effective_at": at(effective_at or announced_at), "stage": stage}
    return entry("StageEntered", announced_at, {"key": KEY, "scope": {}, "source": source("A"), **said})


def withdrawn(announced_at: str, claim: int, by: str = "provider") -> JSON:
    return entry("AnnouncementWithdrawn", announced_at, {"by": by, "claim": claim, "key": KEY, "reason": "said so"})


def policy(announced_at: str, version: int = 1, *, in_force_from: str | None = None, legacy: int = 30, deprecated: int = 90) -> JSON:
    windows = {"legacy_days_min": legacy, "deprecated_days_min": deprecated}
    start = at(in_force_from or announced_at)
    return entry("PolicyAdopted", announced_at, {"catalog": "azure", "version": version, "in_force_from": start} | windows)


def log(*entries: JSON) -> list[JSON]:
    return [{"position": position, **recorded} for position, recorded in enumerate(entries, start=1)]


# --- Questions --------------------------------------------------------------------------------------------------------


def ask(
    entries: list[JSON],
    valid_at: str,
    known_at: str = LATER,
    *,
    scope: JSON | None = None,
    position: int | None = None,
) -> JSON:
    head = len(entries) if position is None else position
    question = {"scope": scope or {}, "valid_at": at(valid_at), "known_at": at(known_at), "position": head}
    return answer(entries, question)


def stage(entries: list[JSON], valid_at: str, known_at: str = LATER, *, scope: JSON | None = None) -> str | None:
    answered: str | None = ask(entries, valid_at, known_at, scope=scope)["stage"]
    return answered


def findings(answered: JSON, code: str) -> list[JSON]:
    """The findings of one code, without it."""
    return [{k: v for k, v in f.items() if k != "code"} for f in answered["findings"] if f["code"] == code]


def codes(answered: JSON) -> set[str]:
    return {finding["code"] for finding in answered["findings"]}


# --- The worked table, on real rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("valid_at", "expected"),
    [
        ("2024-12-14T23:59:59Z", GA),
        ("2024-12-15", "legacy"),
        ("2025-01-20", "deprecated"),
        ("2025-04-15", "retired"),
    ],
)
def test_a_plan_is_entered_date_by_date(valid_at: str, expected: str) -> None:
    plan = announced("2024-11-22", legacy=on("2024-12-15"), deprecated=on("2025-01-15"), retired=on("2025-04-15"))
    assert stage(log(plan), valid_at) == expected


def test_a_floor_retires_nothing() -> None:
    entries = log(announced("2024-10-03", retired=not_before("2025-04-03"), scope={"version": "2"}))
    answered = ask(entries, "2025-05-01", "2024-11-01", scope={"version": "2"})
    assert answered["stage"] == GA
    assert answered["next"] == {"stage": "retired", "not_before": "2025-04-03T00:00:00Z"}


@pytest.mark.parametrize(("known_at", "expected"), [("2025-06-10", "retired"), ("2025-06-25", GA)])
def test_a_model_moved_after_its_date_passed(known_at: str, expected: str) -> None:
    entries = log(
        announced("2025-05-22", retired=on("2025-05-31"), label=GA),
        announced("2025-06-24", retired=on("2025-07-15"), label=GA),
    )
    assert stage(entries, "2025-06-10", known_at) == expected


def test_a_backward_move() -> None:
    entries = log(
        announced("2025-12-16", deprecated=on("2026-04-14"), retired=on("2026-10-14")),
        announced("2026-07-07", label="deprecated"),
        announced("2026-09-02", retired=on("2027-04-14"), label="legacy"),
    )
    answered = ask(entries, "2026-11-01", "2026-09-03")
    assert answered["stage"] == "legacy"
    assert findings(answered, "stage_moved_backwards") == [{"from": "deprecated", "to": "legacy", "at": "2026-09-02T00:00:00Z"}]


def test_two_pages_disagree() -> None:
    entries = log(announced("2025-02-12", retired=on("2025-04-15"), page="A"), announced("2026-04-23", label=GA, page="B"))
    answered = ask(entries, "2026-04-24")
    assert answered["stage"] == "retired"
    assert findings(answered, "sources_conflict") == [{"field": "stage", "values": [GA, "retired"], "sources": ["A", "B"], "position": 2}]


# --- Withdrawals ------------------------------------------------------------------------------------------------------


def test_a_claim_withdrawn_by_the_provider_counts_until_then() -> None:
    entries = log(listed("2025-01-01"), announced("2025-01-10", retired=on("2025-02-01")), withdrawn("2025-01-20", 2))
    assert stage(entries, "2025-03-01", "2025-01-19T23:59:59.999999Z") == "retired"
    assert stage(entries, "2025-03-01", "2025-01-20") == GA


def test_a_claim_withdrawn_by_the_recorder_was_never_public() -> None:
    entries = log(listed("2025-01-01"), announced("2025-01-10", retired=on("2025-02-01")), withdrawn("2025-01-20", 2, "recorder"))
    assert stage(entries, "2025-03-01", "2025-01-15") == GA
    assert ask(entries, "2025-03-01", "2025-01-15", position=2)["stage"] == "retired"


def test_a_withdrawal_can_be_withdrawn() -> None:
    entries = log(
        listed("2025-01-01"),
        announced("2025-01-10", retired=on("2025-02-01")),
        withdrawn("2025-01-20", 2),
        withdrawn("2025-01-25", 3),
    )
    assert stage(entries, "2025-03-01", "2025-01-24") == GA
    assert stage(entries, "2025-03-01", "2025-01-25") == "retired"


def test_a_withdrawal_withdrawn_by_the_recorder_never_was() -> None:
    entries = log(announced("2025-01-10", retired=on("2025-02-01")), withdrawn("2025-01-20", 1), withdrawn(LATER, 2, "recorder"))
    assert stage(entries, "2025-03-01", "2025-01-24") == "retired"


def test_a_withdrawal_of_a_withdrawn_withdrawal_restores_it() -> None:
    withdrawals = [withdrawn("2025-01-20", claim, "recorder") for claim in (1, 2, 3)]
    assert ask(log(announced("2025-01-10", label="legacy"), *withdrawals), "2025-03-01")["status"] == "not_known"


@pytest.mark.parametrize("claim", [1, 2, 3, 4, 99])
def test_a_withdrawal_of_no_earlier_claim_has_no_effect(claim: int) -> None:
    entries = log(policy("2025-01-01"), withdrawn("2025-01-02", claim, "recorder"), policy("2025-01-03"), listed("2025-01-04"))
    assert stage(entries, "2025-03-01") == GA


# --- What counts ------------------------------------------------------------------------------------------------------


def test_nothing_is_known_before_the_first_claim() -> None:
    entries = log(listed("2025-02-01"), announced("2025-01-10", label="legacy"))
    answered = ask(entries, "2025-03-01", "2025-01-09")
    assert answered == {
        "status": "not_known",
        "stage": None,
        "since": None,
        "until": None,
        "next": None,
        "basis": None,
        "decided_by": None,
        "schedule": {"legacy": None, "deprecated": None, "retired": None},
        "replacements": [],
        "findings": [],
        "evidence": [],
        "first_known_at": "2025-01-10T00:00:00Z",
    }


def test_what_was_misread_was_never_known() -> None:
    entries = log(listed("2025-02-01"), withdrawn("2025-03-01", 1, "recorder"))
    assert ask(entries, "2025-03-01")["first_known_at"] is None


def test_what_was_said_of_another_scope_is_not_the_first_that_was_known() -> None:
    entries = log(listed("2025-01-01", scope={"version": "1"}), listed("2025-02-01"))
    assert ask(entries, "2025-03-01", "2024-01-01")["first_known_at"] == "2025-02-01T00:00:00Z"


def test_what_the_provider_took_back_was_known_once() -> None:
    entries = log(listed("2025-02-01"), withdrawn("2025-03-01", 1))
    assert ask(entries, "2025-03-01")["first_known_at"] == "2025-02-01T00:00:00Z"


def test_only_what_was_recorded_by_the_position_exists() -> None:
    entries = log(listed("2025-01-01"), announced("2025-01-01", retired=on("2025-02-01")))
    assert ask(entries, "2025-03-01", position=0)["status"] == "not_known"
    assert ask(entries, "2025-03-01", position=0)["first_known_at"] is None
    assert ask(entries, "2025-03-01", position=1)["stage"] == GA
    assert ask(entries, "2025-03-01", position=2)["stage"] == "retired"


def test_what_the_schedule_recorded_counts_for_nothing() -> None:
    confirmed = entered("2025-02-01", "retired", basis="schedule")
    assert ask(log(confirmed), "2025-03-01")["status"] == "not_known"
    assert ask(log(confirmed), "2025-03-01", "2025-01-01")["first_known_at"] is None
    assert ask(log(listed("2025-01-01"), confirmed), "2025-03-01")["evidence"] == [1]


def test_a_claim_counts_for_a_question_that_contains_its_scope() -> None:
    entries = log(announced("2025-01-01", label="legacy", scope={"version": "2"}))
    assert stage(entries, "2025-03-01", scope={"version": "2", "region": "us-west-2"}) == "legacy"
    assert ask(entries, "2025-03-01", scope={"version": "1"})["status"] == "not_known"
    assert ask(entries, "2025-03-01")["status"] == "not_known"


# --- Listing ----------------------------------------------------------------------------------------------------------


def test_before_its_listing_a_model_is_not_listed() -> None:
    entries = log(
        listed("2025-01-01", since="2025-01-15"),
        announced("2025-01-02", legacy=on("2025-01-10"), label="legacy", replacements=["azure/b"]),
    )
    answered = ask(entries, "2025-01-14T23:59:59.999999Z")
    assert answered == {
        "status": "not_listed",
        "stage": None,
        "since": None,
        "until": None,
        "next": None,
        "basis": None,
        "decided_by": None,
        "schedule": {
            "legacy": {"kind": "on", "value": "2025-01-10", "position": 2},
            "deprecated": None,
            "retired": None,
        },
        "replacements": ["azure/b"],
        "findings": [],
        "evidence": [1, 2],
        "listed_since": "2025-01-15T00:00:00Z",
    }


def test_a_stretch_never_begins_before_the_listing() -> None:
    entries = log(listed("2025-01-01", since="2025-01-15"), announced("2025-01-02", legacy=on("2025-01-10")))
    answered = ask(entries, "2025-01-15")
    assert (answered["status"], answered["stage"], answered["since"]) == ("stage", "legacy", "2025-01-15T00:00:00Z")


def test_an_unlisted_model_is_generally_available_for_ever() -> None:
    answered = ask(log(announced("2025-01-02", retired=not_before("2026-01-01"))), "1999-01-01")
    assert (answered["stage"], answered["since"], answered["basis"]) == (GA, None, "listed")


def test_the_most_specific_then_latest_listing_wins() -> None:
    entries = log(
        listed("2025-01-02", "preview", scope={"version": "1"}),
        listed("2025-01-03", scope={"version": "1"}),
        listed("2025-01-03", "preview", scope={"version": "1"}),
        listed("2025-01-04"),
    )
    assert ask(entries, "2025-03-01", scope={"version": "1"})["stage"] == "preview"
    assert ask(entries, "2025-03-01", scope={"version": "1"})["evidence"] == [3]
    assert ask(entries, "2025-03-01")["stage"] == GA


# --- Plan -------------------------------------------------------------------------------------------------------------


def test_each_field_of_the_plan_has_its_own_deciding_claim() -> None:
    entries = log(
        announced("2025-01-01", legacy=on("2025-02-01"), retired=on("2025-04-01"), replacements=["azure/b"]),
        announced("2025-01-02", retired=on("2025-05-01")),
        announced("2025-01-03", replacements=[]),
    )
    answered = ask(entries, "2025-01-03")
    assert answered["schedule"] == {
        "legacy": {"kind": "on", "value": "2025-02-01", "position": 1},
        "deprecated": None,
        "retired": {"kind": "on", "value": "2025-05-01", "position": 2},
    }
    assert answered["replacements"] == []
    assert answered["evidence"] == [1, 2, 3]


def test_the_more_specific_claim_decides_over_a_later_one() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-03-01"), scope={"version": "1"}),
        announced("2025-01-02", retired=on("2025-02-01")),
    )
    assert stage(entries, "2025-02-15", scope={"version": "1"}) == GA
    assert stage(entries, "2025-02-15") == "retired"


def test_of_two_claims_of_one_instant_the_later_position_decides() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-03-01")),
        announced("2025-01-01", retired=on("2025-02-01")),
    )
    assert stage(entries, "2025-02-15") == "retired"


def test_a_claim_recorded_later_but_announced_earlier_does_not_decide() -> None:
    entries = log(announced("2025-01-02", retired=on("2025-03-01")), announced("2025-01-01", retired=on("2025-02-01")))
    assert stage(entries, "2025-02-15") == GA


def test_dates_out_of_order_answer_the_highest() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-02-01"), deprecated=on("2025-03-01")))
    assert stage(entries, "2025-03-02") == "retired"


def test_a_withdrawn_date_is_no_date() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-02-01")), announced("2025-01-02", retired=no_date()))
    answered = ask(entries, "2025-03-01")
    assert answered["stage"] == GA
    assert answered["next"] is None
    assert answered["schedule"]["retired"] == {"kind": "withdrawn", "value": None, "position": 2}


@pytest.mark.parametrize(
    ("value", "effective_at", "before"),
    [
        ("2025-04-15", "2025-04-15T00:00:00Z", "2025-04-14T23:59:59.999999Z"),
        ("2025-04", "2025-05-01T00:00:00Z", "2025-04-30T23:59:59.999999Z"),
        ("2024-12", "2025-01-01T00:00:00Z", "2024-12-31T23:59:59.999999Z"),
        ("2025-04-15T09:00:00Z", "2025-04-15T09:00:00Z", "2025-04-15T08:59:59.999999Z"),
    ],
)
def test_when_a_firm_date_takes_effect(value: str, effective_at: str, before: str) -> None:
    entries = log(announced("2024-01-01", retired=on(value)))
    assert stage(entries, before) == GA
    assert stage(entries, effective_at) == "retired"
    assert ask(entries, before)["until"] == effective_at


def test_the_last_month_of_the_calendar_has_an_answer() -> None:
    answered = ask(log(announced("2024-01-01", retired=on("9999-12"))), "2025-01-01")
    assert answered["until"] == "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("value", "floor"),
    [
        ("2025-04-15", "2025-04-15T00:00:00Z"),
        ("2025-04", "2025-04-01T00:00:00Z"),
        ("2025-04-15T09:00:00.500000Z", "2025-04-15T09:00:00.500000Z"),
    ],
)
def test_when_a_floor_stands(value: str, floor: str) -> None:
    answered = ask(log(announced("2024-01-01", retired=not_before(value))), "2026-01-01")
    assert answered["next"] == {"stage": "retired", "not_before": floor}


# --- Facts ------------------------------------------------------------------------------------------------------------


def test_a_transition_holds_from_its_effective_time() -> None:
    entries = log(listed("2025-01-01", "preview"), entered("2025-01-02", GA, "2025-02-01"))
    assert stage(entries, "2025-01-31T23:59:59.999999Z") == "preview"
    assert stage(entries, "2025-02-01") == GA
    assert ask(entries, "2025-02-01")["basis"] == "transition"


def test_a_transition_may_go_backwards() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-02-01")), entered("2025-03-01", GA))
    assert stage(entries, "2025-02-28") == "retired"
    assert stage(entries, "2025-03-01") == GA


def test_a_label_holds_from_its_announcement() -> None:
    entries = log(listed("2025-01-01"), announced("2025-02-01", label="legacy"))
    assert stage(entries, "2025-01-31T23:59:59.999999Z") == GA
    assert stage(entries, "2025-02-01") == "legacy"
    assert ask(entries, "2025-02-01")["basis"] == "label"


def test_of_two_facts_of_one_instant_the_later_authority_holds() -> None:
    entries = log(entered("2025-02-01", "deprecated"), entered("2025-01-01", GA, "2025-02-01"), entered("2025-02-01", "legacy"))
    assert stage(entries, "2025-02-01") == "legacy"


def test_the_later_fact_holds_though_it_was_announced_first() -> None:
    entries = log(entered("2025-01-01", GA, "2025-03-01"), entered("2025-01-15", "legacy", "2025-02-01"))
    assert stage(entries, "2025-03-01") == GA


def test_an_edge_at_the_instant_of_a_label_is_after_it() -> None:
    entries = log(announced("2025-01-01", deprecated=on("2025-02-01")), announced("2025-02-01", label="legacy"))
    assert stage(entries, "2025-02-01") == "deprecated"


def test_an_edge_at_the_instant_of_a_transition_is_not_after_it() -> None:
    entries = log(announced("2025-01-01", deprecated=on("2025-02-01")), entered("2025-02-01", "legacy"))
    assert stage(entries, "2025-02-01") == "legacy"


def test_an_edge_after_a_fact_does_not_lower_it() -> None:
    entries = log(announced("2025-01-01", legacy=on("2025-03-01")), entered("2025-02-01", "deprecated"))
    answered = ask(entries, "2025-03-01")
    assert (answered["stage"], answered["basis"]) == ("deprecated", "transition")


def test_an_edge_above_the_fact_answers_as_the_plan() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-03-01")), entered("2025-02-01", "deprecated"))
    answered = ask(entries, "2025-03-01")
    assert (answered["stage"], answered["basis"], answered["evidence"]) == ("retired", "plan", [1, 2])


def test_a_label_is_ignored_where_the_dates_of_its_claim_say_another_stage() -> None:
    entries = log(announced("2025-02-01", legacy=on("2025-01-01"), deprecated=on("2025-02-01"), label="legacy"))
    answered = ask(entries, "2025-02-01")
    assert answered["stage"] == "deprecated"
    assert findings(answered, "label_contradicts_dates") == [{"position": 1}]
    assert "label_contradicts_dates" not in codes(ask(entries, "2025-01-31"))


def test_a_label_that_agrees_with_the_dates_of_its_claim_is_a_fact() -> None:
    entries = log(announced("2025-02-01", legacy=on("2025-01-01"), retired=on("2025-03-01"), label="legacy"))
    assert ask(entries, "2025-02-01")["basis"] == "label"


def test_a_label_may_lower_a_stage_set_by_the_dates_of_its_own_source() -> None:
    entries = log(announced("2025-01-01", deprecated=on("2025-02-01")), announced("2025-03-01", label=GA))
    assert stage(entries, "2025-03-01") == GA


def test_a_label_never_lowers_a_stage_set_by_the_dates_of_another_source() -> None:
    entries = log(announced("2025-01-01", deprecated=on("2025-02-01")), announced("2025-03-01", label=GA, page="B"))
    answered = ask(entries, "2025-03-01")
    assert answered["stage"] == "deprecated"
    assert findings(answered, "sources_conflict") == [
        {"field": "stage", "values": ["deprecated", GA], "sources": ["A", "B"], "position": 2}
    ]
    assert findings(ask(entries, "2025-02-28"), "sources_conflict") == []


def test_a_label_meets_the_highest_stage_set_by_the_dates_of_another_source() -> None:
    dates = announced("2025-01-01", legacy=on("2025-02-01"), deprecated=on("2025-02-15"))
    assert stage(log(dates, announced("2025-03-01", label="legacy", page="B")), "2025-03-01") == "deprecated"


def test_a_label_may_confirm_a_stage_set_by_the_dates_of_another_source() -> None:
    entries = log(announced("2025-01-01", legacy=on("2025-02-01")), announced("2025-03-01", label="legacy", page="B"))
    answered = ask(entries, "2025-03-01")
    assert (answered["basis"], answered["since"]) == ("label", "2025-02-01T00:00:00Z")


def test_a_label_may_raise_a_stage_set_by_the_dates_of_another_source() -> None:
    entries = log(announced("2025-01-01", legacy=on("2025-02-01")), announced("2025-03-01", label="deprecated", page="B"))
    assert stage(entries, "2025-03-01") == "deprecated"


def test_a_label_alone_never_leaves_retired() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-02-01")), announced("2025-03-01", label=GA))
    answered = ask(entries, "2025-03-01")
    assert answered["stage"] == "retired"
    assert findings(answered, "label_contradicts_dates") == [{"position": 2}]


def test_a_retired_label_agrees_with_what_is_retired() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-02-01")), announced("2025-03-01", label="retired"))
    answered = ask(entries, "2025-03-01")
    assert answered["basis"] == "label"
    assert "label_contradicts_dates" not in codes(answered)


def test_a_label_never_leaves_a_transition_to_retired() -> None:
    entries = log(entered("2025-01-01", "retired"), announced("2025-03-01", label=GA))
    assert stage(entries, "2025-03-01") == "retired"


@pytest.mark.parametrize("retirement", [on("2025-06-01"), not_before("2025-01-01"), no_date()])
def test_a_retired_fact_ends_at_a_claim_of_a_later_retirement(retirement: JSON) -> None:
    entries = log(entered("2025-01-01", "retired"), announced("2025-03-01", retired=retirement))
    assert stage(entries, "2025-02-28T23:59:59.999999Z") == "retired"
    assert stage(entries, "2025-03-01") == GA
    assert ask(entries, "2025-03-01")["since"] == "2025-03-01T00:00:00Z"


def test_a_retired_fact_ends_with_the_label_of_the_claim_that_ends_it() -> None:
    entries = log(announced("2025-01-01", label="retired"), announced("2025-03-01", retired=on("2025-06-01"), label="legacy"))
    assert stage(entries, "2025-03-01") == "legacy"


def test_a_retired_fact_ends_at_the_first_such_claim() -> None:
    entries = log(
        entered("2025-01-01", "retired"),
        announced("2025-04-01", retired=no_date()),
        announced("2025-03-01", retired=on("2025-06-01")),
    )
    assert ask(entries, "2025-01-01")["until"] == "2025-03-01T00:00:00Z"


@pytest.mark.parametrize("retired_on", ["2024-12-01", "2025-01-01"])
def test_a_retired_fact_does_not_end_at_a_claim_of_the_same_or_an_earlier_date(retired_on: str) -> None:
    entries = log(entered("2025-01-01", "retired"), announced("2025-03-01", retired=on(retired_on)))
    assert ask(entries, "2025-04-01")["basis"] == "transition"


def test_a_retired_fact_does_not_end_at_an_earlier_claim() -> None:
    entries = log(announced("2024-12-01", retired=on("2025-06-01")), entered("2025-01-01", "retired"))
    assert stage(entries, "2025-02-01") == "retired"


def test_a_retired_label_is_not_ended_by_its_own_claim() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-06-01"), label="retired"))
    assert stage(entries, "2025-02-01") == "retired"


def test_a_retired_fact_that_ended_before_it_began_never_holds() -> None:
    entries = log(entered("2025-01-01", "retired", "2025-03-01"), announced("2025-02-01", retired=not_before("2026-01-01")))
    assert stage(entries, "2025-03-01") == GA
    assert ask(entries, "2025-02-01")["until"] is None


def test_when_a_retired_fact_ends_the_fact_before_it_holds_again() -> None:
    entries = log(entered("2025-01-01", "legacy"), entered("2025-02-01", "retired"), announced("2025-03-01", retired=no_date()))
    answered = ask(entries, "2025-03-01")
    assert (answered["stage"], answered["basis"], answered["evidence"]) == ("legacy", "transition", [1, 3])


# --- Since, until, next -----------------------------------------------------------------------------------------------


def test_a_stretch_runs_through_the_boundaries_that_change_nothing() -> None:
    entries = log(
        announced("2025-01-01", legacy=on("2025-02-01"), retired=on("2025-05-01")),
        entered("2025-03-01", "legacy"),
        announced("2025-04-01", label="legacy"),
    )
    answered = ask(entries, "2025-03-15")
    assert (answered["since"], answered["until"]) == ("2025-02-01T00:00:00Z", "2025-05-01T00:00:00Z")
    assert answered["next"] == {"stage": "retired", "on": "2025-05-01T00:00:00Z"}


def test_the_last_stretch_has_no_end() -> None:
    answered = ask(log(announced("2025-01-01", retired=on("2025-05-01"))), "2025-05-01")
    assert (answered["until"], answered["next"]) == (None, None)


def test_a_floor_below_the_next_change_comes_first() -> None:
    entries = log(
        announced(
            "2025-01-01",
            legacy=not_before("2025-03-01"),
            deprecated=not_before("2025-02-01"),
            retired=on("2025-05-01"),
        )
    )
    assert ask(entries, "2025-01-01")["next"] == {"stage": "legacy", "not_before": "2025-03-01T00:00:00Z"}


def test_a_floor_above_the_next_change_waits() -> None:
    entries = log(announced("2025-01-01", deprecated=on("2025-03-01"), retired=not_before("2025-02-01")))
    assert ask(entries, "2025-01-01")["next"] == {"stage": "deprecated", "on": "2025-03-01T00:00:00Z"}
    assert ask(entries, "2025-03-01")["next"] == {"stage": "retired", "not_before": "2025-02-01T00:00:00Z"}


def test_a_floor_of_the_stage_that_comes_next_gives_way_to_it() -> None:
    entries = log(announced("2025-01-01", retired=not_before("2025-02-01")), entered("2025-01-01", "retired", "2025-03-01"))
    assert ask(entries, "2025-01-01")["next"] == {"stage": "retired", "on": "2025-03-01T00:00:00Z"}


def test_a_floor_at_or_below_the_stage_of_now_is_past() -> None:
    entries = log(announced("2025-01-01", legacy=not_before("2025-03-01"), label="legacy"))
    assert ask(entries, "2025-01-01")["next"] is None


def test_no_floor_comes_before_a_move_backwards() -> None:
    entries = log(
        listed("2025-01-01"),
        announced("2025-01-01", retired=not_before("2025-06-01"), label="deprecated"),
        entered("2025-02-01", GA, "2025-03-01"),
    )
    assert ask(entries, "2025-02-01")["next"] == {"stage": GA, "on": "2025-03-01T00:00:00Z"}


# --- Findings ---------------------------------------------------------------------------------------------------------


def test_legacy_window_short() -> None:
    plan = announced("2025-01-01", legacy=on("2025-02-01"), deprecated=on("2025-03-02"))
    short = [{"days": 29, "required": 30, "policy_version": 1}]
    assert findings(ask(log(policy("2024-01-01"), plan), LATER), "legacy_window_short") == short
    assert "legacy_window_short" not in codes(ask(log(policy("2024-01-01", legacy=29), plan), LATER))
    assert "legacy_window_short" not in codes(ask(log(plan), LATER))


def test_deprecated_window_short() -> None:
    plan = announced("2025-01-01", deprecated=on("2025-02-01T23:00:00Z"), retired=on("2025-04"))
    answered = ask(log(policy("2024-01-01"), plan), LATER)
    assert findings(answered, "deprecated_window_short") == [{"days": 89, "required": 90, "policy_version": 1}]


def test_a_window_needs_two_firm_dates() -> None:
    plan = announced("2025-01-01", deprecated=on("2025-02-01"), retired=not_before("2025-02-02"))
    assert "deprecated_window_short" not in codes(ask(log(policy("2024-01-01"), plan), LATER))


def test_a_schedule_is_judged_by_the_policy_in_force_when_it_was_announced() -> None:
    entries = log(
        policy("2024-01-01", 1, legacy=10),
        policy("2024-02-01", 2, in_force_from="2025-01-05", legacy=20),
        policy("2025-01-07", 3, in_force_from="2025-01-06", legacy=30),
        announced("2025-01-01", legacy=on("2025-02-01")),
        announced("2025-01-05", deprecated=on("2025-02-02")),
    )
    short = {"days": 1, "required": 20, "policy_version": 2}
    assert findings(ask(entries, LATER), "legacy_window_short") == [short]
    # Without the later of the two claims there is no window; a policy not yet announced judges nothing.
    assert findings(ask(entries, LATER, "2025-01-06"), "legacy_window_short") == [short]
    assert findings(ask(entries, LATER, "2025-01-04"), "legacy_window_short") == []


def test_the_policy_in_force_last_judges_whenever_it_was_announced() -> None:
    entries = log(
        policy("2024-01-01", 1, in_force_from="2024-06-01"),
        policy("2024-02-01", 2, in_force_from="2024-03-01"),
        announced("2025-02-01", deprecated=on("2025-03-15")),
    )
    assert findings(ask(entries, LATER), "legacy_skipped") == [{"policy_version": 1}]


def test_a_policy_known_late_judges_what_was_announced_after_its_time() -> None:
    entries = log(
        policy("2024-01-01", 1),
        policy("2025-03-01", 2, in_force_from="2025-01-01", legacy=60),
        announced("2025-02-01", legacy=on("2025-03-01"), deprecated=on("2025-03-15")),
    )
    assert findings(ask(entries, LATER, "2025-02-01"), "legacy_window_short")[0]["policy_version"] == 1
    assert findings(ask(entries, LATER, "2025-03-01"), "legacy_window_short")[0]["policy_version"] == 2


@pytest.mark.parametrize("legacy", [None, not_before("2025-01-15"), no_date()])
def test_legacy_skipped(legacy: JSON | None) -> None:
    plan = announced("2025-01-01", legacy=legacy, deprecated=on("2025-02-01"))
    assert findings(ask(log(policy("2024-01-01"), plan), LATER), "legacy_skipped") == [{"policy_version": 1}]
    assert "legacy_skipped" not in codes(ask(log(plan), LATER))


def test_legacy_is_not_skipped_by_a_plan_that_has_it() -> None:
    plan = announced("2025-01-01", legacy=on("2025-03-01"), deprecated=on("2025-02-01"))
    assert "legacy_skipped" not in codes(ask(log(policy("2024-01-01"), plan), LATER))


def test_announced_after_effective() -> None:
    late = announced("2025-02-02", retired=on("2025-02-01"))
    assert findings(ask(log(late), LATER), "announced_after_effective") == [
        {"stage": "retired", "effective_at": "2025-02-01T00:00:00Z", "announced_at": "2025-02-02T00:00:00Z"}
    ]
    in_time = announced("2025-02-01", retired=on("2025-02-01"), page="B")
    assert "announced_after_effective" not in codes(ask(log(late, in_time), LATER))


def test_date_moved_earlier() -> None:
    entries = log(
        announced("2024-12-01", retired=on("2025-09-01")),
        announced("2025-01-01", retired=on("2025-06")),
        announced("2025-01-02", retired=on("2025-05-01"), page="B"),
        announced("2025-01-02", retired=on("2025-08-01"), scope={"version": "1"}),
        announced("2025-01-03", label="legacy"),
        announced("2025-01-04", retired=on("2025-05-30"), scope={"version": "1"}),
        announced("2025-01-05", retired=on("2025-05-02")),
    )
    assert findings(ask(entries, LATER), "date_moved_earlier") == [{"stage": "retired", "from": "2025-06", "to": "2025-05-02", "days": 60}]
    assert findings(ask(entries, LATER, scope={"version": "1"}), "date_moved_earlier") == [
        {"stage": "retired", "from": "2025-08-01", "to": "2025-05-30", "days": 63}
    ]


def test_a_date_moves_earlier_only_within_one_scope() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-09-01")),
        announced("2025-01-02", retired=on("2025-06-01"), scope={"version": "1"}),
    )
    assert "date_moved_earlier" not in codes(ask(entries, LATER, scope={"version": "1"}))


@pytest.mark.parametrize("before", [on("2025-05-01"), on("2025-05"), not_before("2025-09-01"), no_date()])
def test_a_date_moves_earlier_only_from_a_later_firm_one(before: JSON) -> None:
    entries = log(announced("2025-01-01", retired=before), announced("2025-01-02", retired=on("2025-06-01")))
    assert "date_moved_earlier" not in codes(ask(entries, LATER))


def test_two_sources_conflict_in_their_last_words() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-05-01"), replacements=["azure/b", "azure/c"]),
        announced("2025-01-02", retired=not_before("2025-06"), replacements=["azure/c", "azure/b"]),
        announced("2025-01-03", retired=on("2025-06-01"), replacements=["azure/c", "azure/b"], page="B"),
        announced("2025-01-04", retired=no_date(), page="C"),
        announced("2025-01-05", retired=on("2025-07-01"), page="D", scope={"version": "1"}),
    )
    assert findings(ask(entries, LATER), "sources_conflict") == [
        {"field": "retired", "values": ["2025-06-01", "not before 2025-06", "withdrawn"], "sources": ["A", "B", "C"]}
    ]


def test_two_texts_of_one_instant_do_not_conflict() -> None:
    entries = log(announced("2025-01-01", retired=on("2025-05")), announced("2025-01-02", retired=on("2025-06-01"), page="B"))
    assert "sources_conflict" not in codes(ask(entries, LATER))
    third = announced("2025-01-03", retired=on("2025-07-01"), page="C")
    conflict = findings(ask([*entries, {"position": 3, **third}], LATER), "sources_conflict")
    assert conflict == [{"field": "retired", "values": ["2025-05", "2025-07-01"], "sources": ["A", "B", "C"]}]


@pytest.mark.parametrize(("document", "conflicts"), [("a1" * 32, True), (None, False)])
def test_a_document_may_conflict_with_itself(document: str | None, *, conflicts: bool) -> None:
    entries = log(
        announced("2025-01-01", replacements=["azure/b"], document=document),
        announced("2025-01-01", replacements=["azure/c", "azure/d"], document=document),
    )
    expected = [{"field": "replacements", "values": ["azure/b", "azure/c, azure/d"], "sources": ["A"]}]
    assert findings(ask(entries, LATER), "sources_conflict") == (expected if conflicts else [])


def test_an_earlier_word_or_another_document_of_one_source_is_no_conflict() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-05-01"), document="a1" * 32),
        announced("2025-01-02", retired=on("2025-06-01"), document="b2" * 32),
        announced("2025-01-02", retired=on("2025-07-01"), document="a1" * 32),
    )
    assert "sources_conflict" not in codes(ask(entries, LATER))


def test_sources_of_two_scopes_do_not_conflict() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2025-05-01")),
        announced("2025-01-01", retired=on("2025-06-01"), page="B", scope={"version": "1"}),
    )
    assert "sources_conflict" not in codes(ask(entries, LATER, scope={"version": "1"}))


def test_imprecise_date() -> None:
    entries = log(announced("2025-01-01", legacy=on("2025-04-01"), deprecated=on("2025-05"), retired=not_before("2025-06")))
    assert findings(ask(entries, LATER), "imprecise_date") == [{"stage": "deprecated"}, {"stage": "retired"}]


def test_listing_date_unknown() -> None:
    assert "listing_date_unknown" in codes(ask(log(announced("2025-01-01", label="legacy")), LATER))
    assert "listing_date_unknown" in codes(ask(log(listed("2025-01-01")), LATER))
    assert "listing_date_unknown" not in codes(ask(log(listed("2025-01-01", since="2020-01-01")), LATER))


def test_a_stage_moves_backwards_only_after_the_listing_and_by_the_instant_asked() -> None:
    moves = (entered("2025-01-01", "legacy"), entered("2025-02-01", GA))
    moved = [{"from": "legacy", "to": GA, "at": "2025-02-01T00:00:00Z"}]
    assert findings(ask(log(*moves), "2025-02-01"), "stage_moved_backwards") == moved
    assert findings(ask(log(*moves), "2025-01-31"), "stage_moved_backwards") == []
    listing = listed("2025-01-01", since="2025-02-01")
    assert findings(ask(log(listing, *moves), "2025-03-01"), "stage_moved_backwards") == []


def test_differs_by_scope() -> None:
    entries = log(
        listed("2025-01-01", since="2025-01-01"),
        announced("2025-01-01", label="legacy", scope={"version": "1", "region": "us-west-2"}),
        announced("2025-01-02", label="legacy", scope={"region": "us-west-2", "version": "1"}),
        announced("2025-01-02", label="legacy", scope={"version": "2"}),
        announced("2025-01-02", label="legacy", scope={"version": "3"}),
        withdrawn("2025-01-02", 5),
    )
    assert findings(ask(entries, LATER), "differs_by_scope") == [{"scopes": [{"version": "1", "region": "us-west-2"}, {"version": "2"}]}]
    assert findings(ask(entries, LATER, scope={"version": "1"}), "differs_by_scope") == [
        {"scopes": [{"version": "1", "region": "us-west-2"}]}
    ]
    assert findings(ask(entries, LATER, scope={"version": "2"}), "differs_by_scope") == []
    assert findings(ask(entries, "2024-01-01", scope={"version": "1"}), "differs_by_scope") != []


def test_differs_by_scope_even_where_nothing_is_known() -> None:
    answered = ask(log(listed("2025-01-01", scope={"version": "1"})), LATER)
    assert answered["status"] == "not_known"
    assert answered["findings"] == [{"code": "differs_by_scope", "scopes": [{"version": "1"}]}]


def test_backdated() -> None:
    entries = log(
        announced("2025-01-01", retired=on("2026-01-01"), recorded_at="2025-01-01T23:59:59.999999Z"),
        announced("2025-01-01", legacy=on("2025-06-01"), recorded_at="2025-01-02"),
        announced("2025-01-01", retired=on("2026-01-01"), page="B"),
    )
    assert findings(ask(entries, LATER), "backdated") == [{"positions": [2]}]
    assert "backdated" not in codes(ask(entries, LATER, position=1))


def test_a_plain_answer_is_complete() -> None:
    entries = log(
        listed("2025-01-01", since="2025-01-01"),
        announced("2025-01-02", retired=on("2025-06-01"), replacements=["azure/b"]),
    )
    assert ask(entries, "2025-02-01T12:00:00.5Z") == {
        "status": "stage",
        "stage": GA,
        "since": "2025-01-01T00:00:00Z",
        "until": "2025-06-01T00:00:00Z",
        "next": {"stage": "retired", "on": "2025-06-01T00:00:00Z"},
        "basis": "listed",
        "decided_by": 1,
        "schedule": {
            "legacy": None,
            "deprecated": None,
            "retired": {"kind": "on", "value": "2025-06-01", "position": 2},
        },
        "replacements": ["azure/b"],
        "findings": [],
        "evidence": [1, 2],
    }


# --- Boundaries -------------------------------------------------------------------------------------------------------


def test_every_boundary_is_named_on_its_axis() -> None:
    entries = log(
        listed("2025-01-02", since="2025-01-01"),
        announced("2025-01-03", legacy=not_before("2025-04"), deprecated=on("2025-06-01")),
        announced("2025-01-04", label="legacy"),
        announced("2025-01-05", retired=no_date()),
        entered("2025-01-06", GA, "2025-02-01T00:00:00.5Z"),
        withdrawn("2025-01-07", 3),
        policy("2025-01-08", in_force_from="2025-01-03"),
    )
    valid = ["2025-01-01", "2025-01-04", "2025-01-05", "2025-02-01T00:00:00.500000Z", "2025-04-01", "2025-05-01"]
    known = [f"2025-01-0{day}" for day in range(2, 9)]
    assert boundaries(entries) == {
        "valid": [at(text) for text in [*valid, "2025-06-01"]],
        "known": [at(text) for text in known],
    }


def test_what_has_no_instant_has_no_boundary() -> None:
    assert boundaries(log(listed("2025-01-02"))) == {"valid": [], "known": ["2025-01-02T00:00:00Z"]}
