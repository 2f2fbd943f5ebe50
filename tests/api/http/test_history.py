"""A model's past: its entries, why an answer is what it is, and what changed."""

from typing import Any

import pytest

from domain.events import WithdrawnBy
from tests.api.http.apps import MISTRAL, Site
from tests.ledgers import announce, list_model, withdraw


@pytest.fixture
def moved(mistral: Site) -> Site:
    """Positions 3 to 6: a date moved, for a version too, a misreading and its withdrawal."""
    mistral.clock.advance(days=1)
    mistral.given(
        announce(retired="2025-06-15", announced_at="2025-01-10"),
        announce(retired="2025-03-01", announced_at="2025-01-11", scope={"version": "2407"}),
        announce(retired="2025-02-01", announced_at="2025-01-12"),
        withdraw(5, by=WithdrawnBy.RECORDER, reason="misread"),
    )
    return mistral


def positions(content: Any) -> list[int]:
    return [entry["position"] for entry in content["entries"]]


def test_every_entry_is_told_as_it_was_recorded(moved: Site) -> None:
    told = moved.read(f"{MISTRAL}/history")
    assert (told["model"], told["position"], told["next"]) == ("azure/mistral-large", 6, None)
    assert positions(told) == [1, 2, 3, 4, 5, 6]
    assert [entry["version"] for entry in told["entries"]] == [1, 2, 3, 4, 5, 6]
    last = told["entries"][-1]
    assert (last["type"], last["actor"], last["event"]["claim"], last["event"]["reason"]) == (
        "AnnouncementWithdrawn",
        "tester",
        5,
        "misread",
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"known_at": "2025-01-10"}, [1, 2, 3]),
        ({"known_at": "2025-01-09"}, [1, 2]),
        ({"recorded_at": "@3"}, [1, 2, 3]),
        ({"recorded_at": "@0"}, []),
        ({"recorded_at": "2025-02-01T13:00:00Z"}, [1, 2]),
        ({"scope_version": "2407"}, [1, 2, 3, 4, 5, 6]),
        ({"scope_version": "2402"}, [1, 2, 3, 5, 6]),
        ({"scope_version": "2402", "known_at": "2025-01-11"}, [1, 2, 3]),
    ],
)
def test_it_is_told_as_known_as_recorded_and_for_a_part(moved: Site, asked: dict[str, Any], expected: list[int]) -> None:
    assert positions(moved.read(f"{MISTRAL}/history", **asked)) == expected


def test_its_pages_stand_still(moved: Site) -> None:
    found, address = [], f"{MISTRAL}/history?limit=2"
    while address:
        page = moved.read(address)
        assert page["position"] == 6
        found += positions(page)
        moved.given(announce(notes="more", label=None, retired="2025-06-15", announced_at="2025-01-20"))
        address = page["next"]
    assert found == [1, 2, 3, 4, 5, 6]


def test_the_explanation_is_the_answer_with_every_claim(moved: Site) -> None:
    asked = {"valid_at": "2025-05-01"}
    told = moved.read(f"{MISTRAL}/explain", **asked)
    claims = told.pop("claims")
    assert told == moved.read(f"{MISTRAL}/stage", **asked)
    assert {claim["position"] for claim in claims} == {1, 2, 3, 4, 5, 6}
    deciding = [claim["position"] for claim in claims if claim["decides"]]
    assert {2, 3} <= set(deciding)
    assert all(claim["why"] for claim in claims)


@pytest.mark.parametrize("asked", [{}, {"scope_version": "2407"}, {"known_at": "2025-01-10"}, {"recorded_at": "@2"}, {"recorded_at": "@0"}])
def test_the_explanation_holds_at_every_point(moved: Site, asked: dict[str, Any]) -> None:
    told = moved.read(f"{MISTRAL}/explain", **asked)
    shown = moved.read(f"{MISTRAL}/stage", **asked)
    assert {name: told[name] for name in shown} == shown


def test_a_difference_is_told_for_each_scope(moved: Site) -> None:
    told = moved.read(f"{MISTRAL}/diff", known_from="2025-01-01", known_to="2025-01-11", valid_at="2025-05-01")
    assert (told["known_from"], told["known_to"], told["position"]) == ("2025-01-01T00:00:00Z", "2025-01-11T00:00:00Z", 6)
    whole, version = told["differences"]
    assert (whole["scope"], version["scope"]) == ({}, {"version": "2407"})
    assert {"code": "stage_changed", "before": "retired", "after": "deprecated"} in whole["changes"]
    assert [change["code"] for change in version["changes"]] == ["moved_earlier"]


def test_nothing_changed_between_a_point_and_itself(moved: Site) -> None:
    assert moved.read(f"{MISTRAL}/diff", known_from="2025-01-11", known_to="2025-01-11")["differences"] == []
    assert moved.read(f"{MISTRAL}/diff", known_from="2024-01-01", known_to="2024-01-02")["differences"] == []
    appeared = moved.read(f"{MISTRAL}/diff", known_from="2024-01-01", known_to="2024-12-01")["differences"]
    assert appeared[0]["changes"] == [{"code": "new"}]
    before = moved.read(f"{MISTRAL}/diff", known_from="2024-12-01", recorded_at="@2")
    assert (before["differences"], before["position"]) == ([], 2)


@pytest.mark.parametrize("operation", ["history", "explain", "diff"])
def test_a_model_that_is_not_there_has_no_past(empty: Site, operation: str) -> None:
    empty.given(list_model())
    asked = {"known_from": "2024-01-01"} if operation == "diff" else {}
    found = empty.refused(f"/v1/models/azure/mistral/{operation}", 404, **asked)
    assert (found["type"], found["nearest"]) == ("/problems/no-such-model", ["azure/mistral-large"])


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("diff", {}),
        ("diff", {"known_from": "2025-03-01"}),
        ("diff", {"known_from": "2025-01-01", "known_at": "2025-01-01"}),
        ("diff", {"known_from": ["2025-01-01", "2025-01-01"]}),
        ("history", {"valid_at": "2025-01-01"}),
        ("history", {"limit": "0"}),
        ("history", {"limit": "501"}),
        ("history", {"cursor": "x"}),
        ("explain", {"limit": "1"}),
        ("explain", {"recorded_at": "@7"}),
    ],
)
def test_what_is_asked_wrongly_is_refused(moved: Site, operation: str, asked: dict[str, Any]) -> None:
    moved.refused(f"{MISTRAL}/{operation}", 422, **asked)
