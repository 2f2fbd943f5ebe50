"""Policies: which is in force, and which windows it finds short."""

import pytest

from domain.rules.policy import AZURE_SERVERLESS_V1, ShortWindow, policy_in_force, required_days, short_windows
from domain.stages import Stage
from tests.spec import LATER, adopted, at, entries_of, just_before, listed

LEGACY, DEPRECATED, RETIRED = Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED


def in_force(at_text: str, known_at: str = LATER) -> int | None:
    policies = entries_of(
        listed(),
        adopted("2024-01-01", 1),
        adopted("2024-03-01", 2, in_force_from="2024-06-01"),
        adopted("2024-04-01", 3, in_force_from="2024-06-01"),
    )
    found = policy_in_force(policies, at(at_text), at(known_at))
    return found.version if found else None


@pytest.mark.parametrize(
    ("asked", "known_at", "version"),
    [
        (just_before("2024-01-01"), LATER, None),
        ("2024-01-01", LATER, 1),
        (just_before("2024-06-01"), LATER, 1),
        ("2024-06-01", LATER, 3),
        ("2024-06-01", "2024-03-15", 2),
        ("2024-06-01", "2024-02-15", 1),
        ("2024-06-01", just_before("2024-01-01"), None),
    ],
)
def test_the_latest_in_force_and_known_then_holds(asked: str, known_at: str, version: int | None) -> None:
    assert in_force(asked, known_at) == version


def test_of_two_adopted_at_one_instant_the_one_recorded_later_holds() -> None:
    policies = entries_of(adopted("2024-01-01", 5), adopted("2024-01-01", 4))
    found = policy_in_force(policies, at(LATER), at(LATER))
    assert found is not None
    assert found.version == 4


def test_a_catalog_without_a_policy_has_none() -> None:
    assert policy_in_force((), at(LATER), at(LATER)) is None


def test_the_catalogs_rules_as_first_published() -> None:
    assert (required_days(AZURE_SERVERLESS_V1, LEGACY), required_days(AZURE_SERVERLESS_V1, DEPRECATED)) == (30, 90)
    assert AZURE_SERVERLESS_V1.retired_call_returns is None
    assert len(AZURE_SERVERLESS_V1.notified_roles) == 5


@pytest.mark.parametrize(
    ("firm", "short"),
    [
        ({LEGACY: "2025-01-01", DEPRECATED: "2025-01-31", RETIRED: "2025-05-01"}, []),
        ({LEGACY: "2025-01-01T23:59:59Z", DEPRECATED: "2025-01-31"}, []),
        ({LEGACY: "2025-01-01", DEPRECATED: "2025-01-30T23:59:59Z"}, [ShortWindow(LEGACY, 29, 30)]),
        ({DEPRECATED: "2025-01-31", RETIRED: "2025-04-30"}, [ShortWindow(DEPRECATED, 89, 90)]),
        (
            {LEGACY: "2025-01-01", DEPRECATED: "2025-01-01", RETIRED: "2025-01-01"},
            [ShortWindow(LEGACY, 0, 30), ShortWindow(DEPRECATED, 0, 90)],
        ),
        ({LEGACY: "2025-01-01", RETIRED: "2025-01-02"}, []),
        ({}, []),
    ],
)
def test_windows_are_counted_in_calendar_days_where_both_ends_are_firm(firm: dict[Stage, str], short: list[ShortWindow]) -> None:
    assert list(short_windows({stage: at(text) for stage, text in firm.items()}, AZURE_SERVERLESS_V1)) == short
