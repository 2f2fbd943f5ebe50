"""The worked table, on real rows: every cell of it, and the first microsecond of each."""

import pytest

from domain import verify_answer as oracle
from domain.dates import not_before
from domain.rules.answers import FindingCode
from domain.stages import Stage
from domain.subjects import Scope
from tests.second_opinion import oracle_entries, oracle_question
from tests.spec import Given, announced, at, given, just_before

GA, LEGACY, DEPRECATED, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED

MISTRAL_LARGE = given(announced("2024-11-22", legacy="2024-12-15", deprecated="2025-01-15", retired="2025-04-15"))
ADA = given(announced("2024-10-03", retired=not_before("2025-04-03"), scope={"version": "2"}))
MOVED = given(announced("2025-05-22", retired="2025-05-31", label=GA), announced("2025-06-24", retired="2025-07-15", label=GA))
BACKWARD = given(
    announced("2025-12-16", deprecated="2026-04-14", retired="2026-10-14"),
    announced("2026-07-07", label=DEPRECATED),
    announced("2026-09-02", retired="2027-04-14", label=LEGACY),
)
DISAGREE = given(announced("2025-02-12", retired="2025-04-15", by="page-a"), announced("2026-04-23", label=GA, by="page-b"))


@pytest.mark.parametrize(
    ("valid_at", "stage", "since", "until"),
    [
        ("2024-11-22", GA, None, "2024-12-15"),
        ("2024-12-14T23:59:59Z", GA, None, "2024-12-15"),
        ("2024-12-14T23:59:59.999999Z", GA, None, "2024-12-15"),
        ("2024-12-15", LEGACY, "2024-12-15", "2025-01-15"),
        ("2024-12-15T00:00:00.000001Z", LEGACY, "2024-12-15", "2025-01-15"),
        ("2025-01-14T23:59:59.999999Z", LEGACY, "2024-12-15", "2025-01-15"),
        ("2025-01-15", DEPRECATED, "2025-01-15", "2025-04-15"),
        ("2025-01-20", DEPRECATED, "2025-01-15", "2025-04-15"),
        ("2025-04-14T23:59:59.999999Z", DEPRECATED, "2025-01-15", "2025-04-15"),
        ("2025-04-15", RETIRED, "2025-04-15", None),
        ("2030-01-01", RETIRED, "2025-04-15", None),
    ],
)
def test_a_plan_is_entered_date_by_date(valid_at: str, stage: Stage, since: str | None, until: str | None) -> None:
    MISTRAL_LARGE.asked(valid_at).answers(stage, since=since, until=until, findings={FindingCode.LISTING_DATE_UNKNOWN: {}})


def test_before_its_first_microsecond_an_announcement_is_not_known() -> None:
    MISTRAL_LARGE.asked("2025-01-20", known_at=just_before("2024-11-22")).was_not_known(first="2024-11-22")
    MISTRAL_LARGE.asked("2025-01-20", known_at="2024-11-22").answers(DEPRECATED)


@pytest.mark.parametrize("valid_at", [just_before("2025-04-03"), "2025-04-03", "2025-05-01"])
def test_a_floor_retires_nothing(valid_at: str) -> None:
    told = ADA.asked(valid_at, known_at="2024-11-01", scope={"version": "2"})
    told.answers(GA, upcoming="not before 2025-04-03", until=None).plans(retired="not before 2025-04-03")


@pytest.mark.parametrize(
    ("valid_at", "known_at", "stage"),
    [
        ("2025-06-10", "2025-06-10", RETIRED),
        ("2025-06-10", just_before("2025-06-24"), RETIRED),
        ("2025-06-10", "2025-06-24", GA),
        ("2025-06-10", "2025-06-25", GA),
        (just_before("2025-05-31"), "2025-06-10", GA),
        ("2025-05-31", "2025-06-10", RETIRED),
        (just_before("2025-07-15"), "2025-06-25", GA),
        ("2025-07-15", "2025-06-25", RETIRED),
    ],
)
def test_a_model_is_moved_after_its_date_passed(valid_at: str, known_at: str, stage: Stage) -> None:
    MOVED.asked(valid_at, known_at=known_at).answers(stage)


@pytest.mark.parametrize(
    ("valid_at", "stage"),
    [
        (just_before("2026-04-14"), GA),
        ("2026-04-14", DEPRECATED),
        (just_before("2026-09-02"), DEPRECATED),
        ("2026-09-02", LEGACY),
        ("2026-11-01", LEGACY),
        (just_before("2027-04-14"), LEGACY),
        ("2027-04-14", RETIRED),
    ],
)
def test_a_backward_move(valid_at: str, stage: Stage) -> None:
    told = BACKWARD.asked(valid_at, known_at="2026-09-03").answers(stage)
    moved = [{"from": "deprecated", "to": "legacy", "at": "2026-09-02T00:00:00Z"}] if at(valid_at) >= at("2026-09-02") else []
    assert told.found(FindingCode.STAGE_MOVED_BACKWARDS) == moved


def test_before_the_backward_move_was_known_the_date_stood() -> None:
    BACKWARD.asked("2026-11-01", known_at=just_before("2026-09-02")).answers(RETIRED, since="2026-10-14")


@pytest.mark.parametrize("valid_at", ["2026-04-23", "2026-04-24"])
def test_two_pages_disagree(valid_at: str) -> None:
    conflict = {"field": "stage", "values": ["generally_available", "retired"], "sources": ["page-a", "page-b"], "position": 2}
    DISAGREE.asked(valid_at).answers(
        RETIRED, since="2025-04-15", findings={FindingCode.LISTING_DATE_UNKNOWN: {}, FindingCode.SOURCES_CONFLICT: conflict}
    )


def test_the_pages_do_not_disagree_before_the_second_one() -> None:
    told = DISAGREE.asked(just_before("2026-04-23")).answers(RETIRED)
    assert not told.found(FindingCode.SOURCES_CONFLICT)


@pytest.mark.parametrize(
    ("said", "scope", "valid_at", "known_at", "stage"),
    [
        (MISTRAL_LARGE, {}, "2024-12-14T23:59:59Z", "2025-05-01", GA),
        (MISTRAL_LARGE, {}, "2024-12-15", "2025-05-01", LEGACY),
        (MISTRAL_LARGE, {}, "2025-01-20", "2025-05-01", DEPRECATED),
        (MISTRAL_LARGE, {}, "2025-04-15", "2025-05-01", RETIRED),
        (ADA, {"version": "2"}, "2025-05-01", "2024-11-01", GA),
        (MOVED, {}, "2025-06-10", "2025-06-10", RETIRED),
        (MOVED, {}, "2025-06-10", "2025-06-25", GA),
        (BACKWARD, {}, "2026-11-01", "2026-09-03", LEGACY),
        (DISAGREE, {}, "2026-04-24", "2026-04-24", RETIRED),
    ],
)
def test_the_oracle_gives_the_table_too(said: Given, scope: dict[str, str], valid_at: str, known_at: str, stage: Stage) -> None:
    entries = said.entries
    question = oracle_question(Scope.of(scope), at(valid_at), at(known_at), len(entries))
    assert oracle.answer(oracle_entries(entries), question)["stage"] == stage
