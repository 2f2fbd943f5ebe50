"""The rules of the timeline, one test a rule. The oracle judges every question that is asked here too."""

import pytest

from domain.dates import AnyDate, firm, no_date, not_before
from domain.events import Basis as EnteredBy
from domain.events import RetirementAnnounced
from domain.rules.answers import Basis, FindingCode
from domain.stages import Stage
from tests.spec import LATER, announced, entered, given, just_before, listed, misread, withdrawn

PREVIEW, GA, LEGACY, DEPRECATED, RETIRED = Stage
EU = {"region": "eu"}
V1, V2 = {"version": "1"}, {"version": "2"}
V1_EU = {"region": "eu", "version": "1"}


# --- Listed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [PREVIEW, GA])
def test_the_first_stage_is_that_of_the_listing(stage: Stage) -> None:
    given(listed(stage=stage)).asked("2024-05-01").answers(
        stage, since="2024-01-01", until=None, upcoming=None, basis=Basis.LISTED, decided_by=1, evidence=[1], findings={}
    )


def test_without_a_listing_a_model_is_generally_available() -> None:
    given(announced(retired=not_before("2026-01-01"))).asked("2024-07-01").answers(GA, since=None, basis=Basis.LISTED, decided_by=None)


def test_before_its_listing_it_is_not_listed_and_there_is_no_stage() -> None:
    told = given(listed(since="2024-05-01"), announced(legacy="2024-02-01"))
    told.asked(just_before("2024-05-01")).was_not_listed(since="2024-05-01").plans(legacy="2024-02-01")
    told.asked("2024-05-01").answers(LEGACY, since="2024-05-01")


def test_a_listing_without_a_date_reaches_back_for_ever() -> None:
    given(listed(since=None)).asked("0001-01-01").answers(GA, since=None, findings={FindingCode.LISTING_DATE_UNKNOWN: {}})


def test_the_most_specific_listing_counts_then_the_latest() -> None:
    told = given(
        listed("2024-01-02", scope=V1, stage=PREVIEW), listed("2024-01-03"), listed("2024-01-01", since="2024-02-01", stage=PREVIEW)
    )
    told.asked("2024-05-01", scope=V1).answers(PREVIEW, evidence=[1])
    told.asked("2024-05-01", scope=V2).answers(GA, evidence=[2])


def test_nothing_is_known_before_the_first_claim_of_the_scope() -> None:
    told = given(listed("2024-03-01", scope=V1), announced("2024-04-01", label=LEGACY))
    told.asked("2024-05-01", known_at="2024-03-31").was_not_known(first="2024-04-01").finds(
        {FindingCode.DIFFERS_BY_SCOPE: {"scopes": [V1]}}
    )
    told.asked("2024-05-01", known_at=just_before("2024-03-01"), scope=V1).was_not_known(first="2024-03-01")
    told.asked("2024-05-01", known_at="2024-03-01", scope=V1).answers(GA)


def test_nothing_is_known_at_position_0() -> None:
    given(listed()).asked("2024-05-01", recorded_at=0).was_not_known(first=None)


# --- Scope ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "question", "counts"),
    [
        ({}, {}, True),
        ({}, V1, True),
        (V1, V1, True),
        (V1, V1_EU, True),
        (V1, {}, False),
        (V1, V2, False),
        (V1, EU, False),
        (V1_EU, V1, False),
    ],
)
def test_a_claim_holds_for_a_question_that_names_all_that_it_names(
    claim: dict[str, str], question: dict[str, str], *, counts: bool
) -> None:
    given(listed(), announced(label=LEGACY, scope=claim)).asked(LATER, scope=question).answers(LEGACY if counts else GA)


# --- Plan -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "last_before", "first_after"),
    [
        ("2025-04-15", "2025-04-14T23:59:59.999999Z", "2025-04-15"),
        ("2025-04", "2025-04-30T23:59:59.999999Z", "2025-05-01"),
        ("2024-12", "2024-12-31T23:59:59.999999Z", "2025-01-01"),
        ("2024-02", "2024-02-29T23:59:59.999999Z", "2024-03-01"),
        ("2025-04-15T09:30:00+02:00", "2025-04-15T07:29:59.999999Z", "2025-04-15T07:30:00Z"),
    ],
)
def test_a_firm_date_takes_effect_at_its_first_instant_a_month_after_its_last(text: str, last_before: str, first_after: str) -> None:
    told = given(listed("2023-01-01", since="2023-01-01"), announced("2023-01-02", retired=text))
    told.asked(last_before).answers(GA, until=first_after, upcoming=f"retired on {first_after}")
    told.asked(first_after).answers(RETIRED, since=first_after, until=None, upcoming=None, basis=Basis.PLAN, decided_by=2)


@pytest.mark.parametrize(("text", "floor"), [("2025-04-03", "2025-04-03"), ("2025-04", "2025-04-01")])
@pytest.mark.parametrize("valid_at", ["2024-07-01", "2025-04-03", "2029-01-01"])
def test_a_floor_never_retires_anything_by_itself(text: str, floor: str, valid_at: str) -> None:
    given(listed(), announced(retired=not_before(text))).asked(valid_at).answers(GA, until=None, upcoming=f"retired not before {floor}")


def test_a_withdrawn_date_is_no_date() -> None:
    given(listed(), announced(retired="2024-07-01"), announced("2024-06-15", retired=no_date())).asked(LATER).answers(
        GA, upcoming=None, evidence=[1, 3]
    ).plans(retired="withdrawn")


def test_absent_states_nothing() -> None:
    given(listed(), announced(deprecated="2024-08-01"), announced("2024-06-15", retired="2024-12-01")).asked("2024-09-01").answers(
        DEPRECATED, upcoming="retired on 2024-12-01"
    ).plans(deprecated="2024-08-01", retired="2024-12-01")


def test_of_dates_out_of_order_the_highest_stage_counts() -> None:
    given(listed(), announced(deprecated="2024-09-01", retired="2024-08-01", legacy="2024-10-01")).asked("2024-10-01").answers(
        RETIRED, since="2024-08-01", until=None
    )


@pytest.mark.parametrize(("known_at", "stage"), [("2024-06-30", RETIRED), ("2024-07-01", GA)])
def test_the_latest_claim_decides_as_known(known_at: str, stage: Stage) -> None:
    given(listed(), announced(retired="2024-08-01"), announced("2024-07-01", retired="2025-08-01")).asked(
        "2024-09-01", known_at=known_at
    ).answers(stage)


def test_of_two_claims_of_one_instant_the_one_recorded_later_decides() -> None:
    given(listed(), announced(retired="2024-08-01"), announced(retired="2025-08-01")).asked("2024-09-01").answers(GA, evidence=[1, 3])


def test_what_is_announced_earlier_decides_no_more_for_being_recorded_later() -> None:
    given(listed(), announced("2024-06-02", retired="2025-08-01"), announced(retired="2024-08-01")).asked("2024-09-01").answers(
        GA, evidence=[1, 2]
    )


def test_the_more_specific_claim_decides_over_a_later_one() -> None:
    told = given(listed(), announced(retired="2024-08-01", scope=V1), announced("2024-07-01", retired="2025-08-01"))
    told.asked("2024-09-01", scope=V1).answers(RETIRED)
    told.asked("2024-09-01").answers(GA)


def test_each_field_is_decided_on_its_own() -> None:
    told = given(
        listed(),
        announced(legacy="2024-08-01", replacements=["azure/a"], scope=V1),
        announced("2024-07-01", legacy="2024-09-01", retired="2025-01-01", replacements=["azure/b"]),
    )
    told.asked("2024-08-15", scope=V1).answers(LEGACY, replacements=["azure/a"]).plans(legacy="2024-08-01", retired="2025-01-01")


def test_replacements_can_be_stated_to_be_none() -> None:
    given(listed(), announced(replacements=["azure/a"]), announced("2024-07-01", replacements=[])).asked(LATER).answers(
        GA, replacements=[], evidence=[1, 3]
    )


# --- Withdrawals ------------------------------------------------------------------------------------------------------


def test_what_the_provider_withdraws_counts_until_then() -> None:
    told = given(listed(), announced(retired="2024-08-01"), withdrawn(2, "2024-07-01"))
    told.asked("2024-09-01", known_at=just_before("2024-07-01")).answers(RETIRED)
    told.asked("2024-09-01", known_at="2024-07-01").answers(GA)


def test_what_the_recorder_withdraws_never_was_public() -> None:
    told = given(listed(), announced(retired="2024-08-01"), misread(2, "2025-01-01"))
    told.asked("2024-09-01", known_at="2024-07-01").answers(GA)
    told.asked("2024-09-01", known_at="2024-07-01", recorded_at=2).answers(RETIRED)


def test_a_withdrawal_can_be_withdrawn() -> None:
    told = given(listed(), announced(retired="2024-08-01"), withdrawn(2, "2024-07-01"), withdrawn(3, "2024-08-01"))
    told.asked("2024-09-01", known_at="2024-07-15").answers(GA)
    told.asked("2024-09-01", known_at="2024-08-01").answers(RETIRED)


def test_a_withdrawal_that_was_misread_never_was() -> None:
    given(listed(), announced(retired="2024-08-01"), withdrawn(2, "2024-07-01"), misread(3, "2025-01-01")).asked(
        "2024-09-01", known_at="2024-07-15"
    ).answers(RETIRED)


def test_what_a_provider_withdrew_was_known_once_and_what_was_misread_never() -> None:
    given(listed("2024-02-01"), withdrawn(1)).asked(LATER).was_not_known(first="2024-02-01")
    given(listed("2024-02-01"), misread(1)).asked(LATER).was_not_known(first=None)


# --- Facts ------------------------------------------------------------------------------------------------------------


def test_a_transition_holds_from_its_effective_time() -> None:
    told = given(listed(stage=PREVIEW), entered(GA, "2024-05-01", announced_at="2024-06-01"))
    told.asked(just_before("2024-05-01")).answers(PREVIEW, until="2024-05-01", upcoming="generally_available on 2024-05-01")
    told.asked("2024-05-01").answers(GA, since="2024-05-01", basis=Basis.TRANSITION, decided_by=2)
    told.asked("2024-07-01", known_at="2024-05-31").answers(PREVIEW)


def test_a_label_holds_from_its_announcement() -> None:
    told = given(listed(), announced(label=LEGACY))
    told.asked(just_before("2024-06-01")).answers(GA, until="2024-06-01")
    told.asked("2024-06-01").answers(LEGACY, since="2024-06-01", basis=Basis.LABEL, decided_by=2, evidence=[1, 2])


def test_the_latest_fact_by_effective_time_then_by_authority_counts() -> None:
    told = given(
        listed(),
        entered(DEPRECATED, "2024-05-01", announced_at="2024-05-03"),
        entered(LEGACY, "2024-05-01", announced_at="2024-05-02"),
        entered(PREVIEW, "2024-04-01", announced_at="2024-07-01"),
    )
    told.asked("2024-08-01").answers(DEPRECATED)
    told.asked("2024-05-01", known_at="2024-05-02").answers(LEGACY)
    told.asked("2024-04-15").answers(PREVIEW)


def test_an_edge_at_a_labels_own_instant_counts_as_after_it() -> None:
    given(listed(), announced("2024-03-01", legacy="2024-06-01"), announced("2024-06-01", label=GA)).asked("2024-06-01").answers(
        LEGACY, basis=Basis.PLAN, decided_by=2
    )


def test_an_edge_at_a_transitions_own_instant_does_not() -> None:
    given(listed(), announced("2024-03-01", legacy="2024-06-01"), entered(GA, "2024-06-01")).asked("2024-06-01").answers(
        GA, basis=Basis.TRANSITION, decided_by=3
    )


def test_edges_after_a_fact_raise_it_and_never_lower_it() -> None:
    told = given(listed(), announced("2024-03-01", legacy="2024-08-01", retired="2024-12-01"), entered(DEPRECATED, "2024-07-01"))
    told.asked("2024-08-01").answers(DEPRECATED, until="2024-12-01", basis=Basis.TRANSITION)
    told.asked("2024-12-01").answers(RETIRED, basis=Basis.PLAN, decided_by=2)


def test_edges_before_a_fact_count_no_more() -> None:
    given(listed(), announced("2024-03-01", retired="2024-05-01"), entered(GA, "2024-06-01")).asked("2024-07-01").answers(
        GA, since="2024-06-01"
    )


def test_what_the_ledgers_clock_recorded_is_no_edge_and_no_fact() -> None:
    confirmed = entered(RETIRED, "2024-08-01", basis=EnteredBy.SCHEDULE)
    moved = given(listed(), announced(retired="2024-08-01"), confirmed, announced("2024-08-02", retired="2025-08-01"))
    moved.asked("2024-09-01").answers(GA, evidence=[1, 4])
    given(confirmed).asked(LATER).was_not_known(first=None)


# --- Labels that are ignored ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "ignored"), [(GA, True), (DEPRECATED, True), (LEGACY, False)])
def test_a_label_is_ignored_where_its_own_claims_dates_say_another_stage(label: Stage, *, ignored: bool) -> None:
    told = given(listed(), announced(legacy="2024-06-01", deprecated="2024-07-01", label=label)).asked("2024-06-15").answers(LEGACY)
    assert told.found(FindingCode.LABEL_CONTRADICTS_DATES) == ([{"position": 2}] if ignored else [])


def test_its_own_claims_dates_ahead_do_not_contradict_a_label() -> None:
    given(listed(), announced(legacy="2024-07-01", label=DEPRECATED)).asked("2024-06-01").answers(DEPRECATED, findings={})


def test_a_label_never_lowers_a_stage_set_by_another_sources_dates() -> None:
    told = given(listed(), announced(deprecated="2024-06-15", by="mail"), announced("2024-07-01", label=LEGACY))
    conflict = {"field": "stage", "values": ["deprecated", "legacy"], "sources": ["mail", "page"], "position": 3}
    told.asked("2024-07-01").answers(DEPRECATED, since="2024-06-15", findings={FindingCode.SOURCES_CONFLICT: conflict})


def test_a_label_lowers_a_stage_set_by_its_own_sources_dates() -> None:
    given(listed(), announced(deprecated="2024-06-15"), announced("2024-07-01", label=LEGACY)).asked("2024-07-01").answers(
        LEGACY, basis=Basis.LABEL
    )


def test_a_date_that_another_source_states_too_protects_a_stage_whoever_decides_it() -> None:
    told = given(
        listed(),
        announced(deprecated="2024-06-15", by="mail"),
        announced("2024-06-10", deprecated="2024-06-15"),
        announced("2024-07-01", label=LEGACY),
    )
    told.asked("2024-07-01").answers(DEPRECATED, evidence=[1, 3]).finds(
        {FindingCode.SOURCES_CONFLICT: {"field": "stage", "values": ["deprecated", "legacy"], "sources": ["mail", "page"], "position": 4}}
    )


def test_a_label_in_between_does_not_open_the_way_for_another_sources_label() -> None:
    told = given(
        listed(),
        announced(deprecated="2024-06-15", by="mail"),
        announced("2024-06-20", label=DEPRECATED),
        announced("2024-07-01", label=LEGACY),
    )
    told.asked("2024-07-01").answers(DEPRECATED)


def test_another_sources_date_at_a_labels_own_instant_is_not_lowered() -> None:
    told = given(listed(), announced(deprecated="2024-07-01", by="mail"), announced("2024-07-01", label=LEGACY)).asked("2024-07-01")
    assert told.answers(DEPRECATED).found(FindingCode.SOURCES_CONFLICT)


@pytest.mark.parametrize(
    "other",
    [announced(retired="2024-12-01", by="mail"), announced(legacy="2024-06-10", by="mail")],
    ids=["a date ahead", "a date for the stage of the label"],
)
def test_another_sources_date_that_a_label_does_not_contradict_is_not_in_its_way(other: RetirementAnnounced) -> None:
    told = given(listed(), other, announced("2024-06-02", deprecated="2024-06-15"), announced("2024-07-01", label=LEGACY))
    moved = {"from": "deprecated", "to": "legacy", "at": "2024-07-01T00:00:00Z"}
    told.asked("2024-07-01").answers(LEGACY, basis=Basis.LABEL, findings={FindingCode.STAGE_MOVED_BACKWARDS: moved})


def test_a_label_that_says_what_holds_already_contradicts_nothing() -> None:
    told = given(
        listed(), announced(deprecated="2024-06-15", by="mail"), entered(LEGACY, "2024-06-20"), announced("2024-07-01", label=LEGACY)
    )
    assert not told.asked("2024-07-01").answers(LEGACY).found(FindingCode.SOURCES_CONFLICT)


def test_a_label_may_raise_a_stage_above_another_sources_dates() -> None:
    given(listed(), announced(legacy="2024-06-15", by="mail"), announced("2024-07-01", label=DEPRECATED)).asked("2024-07-01").answers(
        DEPRECATED, findings={}
    )


def test_a_label_alone_never_leaves_retired() -> None:
    told = given(listed(), announced(retired="2024-06-15"), announced("2024-07-01", label=GA)).asked("2024-07-01")
    told.answers(RETIRED, findings={FindingCode.LABEL_CONTRADICTS_DATES: {"position": 3}})


def test_a_transition_leaves_retired() -> None:
    given(listed(), announced(retired="2024-06-15"), entered(GA, "2024-07-01")).asked("2024-07-01").answers(GA)


# --- A retired fact ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [firm("2025-01-01"), firm("2024-07-02"), not_before("2024-01-01"), no_date()])
def test_a_retired_fact_ends_when_a_later_claim_moves_the_retirement(moved: AnyDate) -> None:
    told = given(listed(), entered(RETIRED, "2024-07-01"), announced("2024-08-01", retired=moved))
    told.asked(just_before("2024-08-01"), known_at="2024-07-15").answers(RETIRED, until=None)
    told.asked(just_before("2024-08-01"), known_at="2024-08-01").answers(RETIRED)
    told.asked("2029-01-01", known_at="2024-07-31").answers(RETIRED)


@pytest.mark.parametrize("moved", [firm("2025-01-01"), not_before("2024-01-01"), no_date()])
def test_from_there_on_it_holds_no_longer(moved: AnyDate) -> None:
    told = given(listed(), entered(RETIRED, "2024-07-01"), announced("2024-08-01", retired=moved))
    told.asked(just_before("2024-08-01")).answers(RETIRED, since="2024-07-01", until="2024-08-01")
    told.asked("2024-08-01").answers(GA, since="2024-08-01")


@pytest.mark.parametrize("same", ["2024-07-01", "2024-06-15"])
def test_a_claim_of_the_same_or_an_earlier_retirement_ends_nothing(same: str) -> None:
    given(listed(), entered(RETIRED, "2024-07-01"), announced("2024-08-01", retired=same)).asked("2024-09-01").answers(RETIRED)


def test_a_claim_of_less_authority_ends_nothing() -> None:
    given(listed(), announced("2024-05-01", retired="2025-01-01"), entered(RETIRED, "2024-07-01")).asked("2024-09-01").answers(RETIRED)


def test_a_retired_label_ends_like_a_retired_transition() -> None:
    told = given(listed(), announced(label=RETIRED), announced("2024-08-01", retired="2025-01-01"))
    told.asked(just_before("2024-08-01")).answers(RETIRED)
    told.asked("2024-08-01").answers(GA, upcoming="retired on 2025-01-01")


def test_a_retired_label_is_not_ended_by_the_date_of_its_own_claim() -> None:
    given(listed(), announced(label=RETIRED, retired="2025-01-01")).asked("2024-07-01").answers(RETIRED)


# --- Since, until, next -----------------------------------------------------------------------------------------------


def test_a_stretch_is_unbroken_whatever_holds_it_up() -> None:
    told = given(listed(), announced(legacy="2024-07-01"), entered(LEGACY, "2024-08-01"), announced("2024-09-01", label=LEGACY))
    told.asked("2024-10-01").answers(LEGACY, since="2024-07-01", until=None)


def test_a_stretch_never_begins_before_the_listing() -> None:
    given(listed(since="2024-07-01"), entered(LEGACY, "2024-03-01")).asked("2024-08-01").answers(LEGACY, since="2024-07-01")


def test_the_floor_of_a_stage_before_the_next_change_comes_first() -> None:
    given(listed(), announced(deprecated=not_before("2024-09-01"), retired="2025-01-01")).asked("2024-07-01").answers(
        GA, until="2025-01-01", upcoming="deprecated not before 2024-09-01"
    )


def test_the_floor_of_a_stage_after_the_next_change_does_not() -> None:
    given(listed(), announced(legacy="2024-09-01", retired=not_before("2024-08-01"))).asked("2024-07-01").answers(
        GA, upcoming="legacy on 2024-09-01"
    )


def test_the_lowest_floor_comes_first() -> None:
    given(listed(), announced(legacy=not_before("2025-01-01"), retired=not_before("2024-08-01"))).asked("2024-07-01").answers(
        GA, upcoming="legacy not before 2025-01-01"
    )


def test_a_floor_of_the_very_stage_that_comes_next_does_not() -> None:
    given(listed(), announced(retired=not_before("2024-09-01")), entered(RETIRED, "2025-01-01", announced_at="2024-06-01")).asked(
        "2024-07-01"
    ).answers(GA, upcoming="retired on 2025-01-01")


@pytest.mark.parametrize("label", [LEGACY, DEPRECATED])
def test_a_floor_at_or_below_the_present_stage_is_not_ahead(label: Stage) -> None:
    given(listed(), announced(legacy=not_before("2025-01-01"), label=label)).asked("2024-07-01").answers(label, upcoming=None)
