"""The question over HTTP: on each clock, about parts of a model, and when there is nothing to tell."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import wire_answers as wire
from api.http.service import COMPARED_MAX
from domain.events import Event, Position
from domain.ledger import Asked
from domain.rules.questions import answer, policy_of
from domain.subjects import Scope, SubjectKey
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, SOURCE, Site, site
from tests.ledgers import HandClock, announce, list_model, withdraw
from tests.projections.stage_index.several_models import ASKED_SCOPES, KEYS, append, around, boundaries, logs

LATER = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("valid_at", "stage", "since", "until"),
    [
        ("2024-12-14T23:59:59.999999Z", "generally_available", None, "2024-12-15T00:00:00Z"),
        ("2024-12-15", "legacy", "2024-12-15T00:00:00Z", "2025-01-15T00:00:00Z"),
        ("2025-01-20T01:00:00+02:00", "deprecated", "2025-01-15T00:00:00Z", "2025-04-15T00:00:00Z"),
        ("2025-04-15", "retired", "2025-04-15T00:00:00Z", None),
    ],
)
def test_a_stage_holds_in_the_world(still: Site, valid_at: str, stage: str, since: str | None, until: str | None) -> None:
    told = still.read(f"{MISTRAL}/stage", valid_at=valid_at)
    assert (told["status"], told["stage"], told["since"], told["until"]) == ("stage", stage, since, until)


def test_a_later_announcement_is_not_known_before(mistral: Site) -> None:
    mistral.given(announce(retired="2025-06-15", announced_at="2025-01-10"))
    assert mistral.read(f"{MISTRAL}/stage", valid_at="2025-05-01", known_at="2025-01-09")["stage"] == "retired"
    assert mistral.read(f"{MISTRAL}/stage", valid_at="2025-05-01", known_at="2025-01-10")["stage"] == "deprecated"


def test_what_was_recorded_later_is_not_seen_before(mistral: Site) -> None:
    mistral.clock.advance(days=1)
    mistral.given(announce(retired="2025-06-15", announced_at="2025-01-10"))
    asked = {"valid_at": "2025-05-01"}
    assert mistral.read(f"{MISTRAL}/stage", **asked)["stage"] == "deprecated"
    for recorded_at in ("@2", "2025-02-01T12:00:00.000001Z", "2025-02-02T11:59:59Z"):
        told = mistral.read(f"{MISTRAL}/stage", **asked, recorded_at=recorded_at)
        assert (told["stage"], told["position"]) == ("retired", 2)
    told = mistral.read(f"{MISTRAL}/stage", **asked, recorded_at="@0")
    assert (told["status"], told["stage"], told["position"], told["recorded_at"]) == ("not_known", None, 0, None)


def test_an_answer_can_be_asked_for_again(mistral: Site) -> None:
    told = mistral.read(f"{MISTRAL}/stage")
    mistral.clock.advance(days=1)
    mistral.given(announce(retired="2025-06-15", announced_at="2025-01-10"), withdraw(2))
    again = {name: told[name] for name in ("valid_at", "known_at")} | {"recorded_at": f"@{told['position']}"}
    assert mistral.read(f"{MISTRAL}/stage", **again) == told


def test_a_version_has_a_short_form(mistral: Site) -> None:
    mistral.given(announce(retired="2025-03-01", scope={"version": "2407"}))
    short = mistral.get(f"{MISTRAL}@2407/stage", valid_at="2025-03-05")
    long = mistral.get(f"{MISTRAL}/stage", valid_at="2025-03-05", scope_version="2407")
    assert short.json() == long.json()
    assert (short.json()["stage"], short.json()["scope"]) == ("retired", {"version": "2407"})
    assert mistral.read(f"{MISTRAL}@2407/stage", scope_version="2407", valid_at="2025-03-05") == short.json()
    assert "another version" in mistral.refused(f"{MISTRAL}@2407/stage", 422, scope_version="2402")["detail"]


def test_a_scope_has_any_keys(mistral: Site) -> None:
    mistral.given(announce(retired="2025-03-01", scope={"region": "eu", "colour": "red"}))
    asked = {"valid_at": "2025-03-05", "scope_region": "eu", "scope_deployment_type": "global"}
    assert mistral.read(f"{MISTRAL}/stage", **asked, scope_colour="red")["stage"] == "retired"
    assert mistral.read(f"{MISTRAL}/stage", **asked)["by_scope"][0]["stage"] == "retired"
    assert mistral.read(f"{MISTRAL}/stage", **asked, scope_colour="blue")["stage"] == "deprecated"


def test_there_are_three_ways_to_have_no_stage(empty: Site) -> None:
    empty.given(list_model(since="2025-03-01", announced_at="2025-01-01"))
    assert empty.read(f"{MISTRAL}/stage", known_at="2024-12-31")["first_known_at"] == "2025-01-01T00:00:00Z"
    told = empty.read(f"{MISTRAL}/stage", valid_at="2025-02-28")
    assert (told["status"], told["stage"], told["listed_since"]) == ("not_listed", None, "2025-03-01T00:00:00Z")
    problem = empty.refused("/v1/models/azure/mistral-larg/stage", 404)
    assert (problem["type"], problem["nearest"]) == ("/problems/no-such-model", ["azure/mistral-large"])


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"known_at": "2025-02-02"}, "asks-the-future"),
        ({"recorded_at": "2025-02-02"}, "asks-the-future"),
        ({"recorded_at": "@3"}, "position-ahead"),
        ({"recorded_at": "@9223372036854775807"}, "position-ahead"),
        ({"recorded_at": "@9223372036854775808"}, "validation"),
        ({"recorded_at": "@-1"}, "validation"),
        ({"recorded_at": "@"}, "validation"),
        ({"recorded_at": "@\u0661"}, "validation"),
        ({"recorded_at": "2"}, "validation"),
        ({"valid_at": "2025-02-30"}, "validation"),
        ({"valid_at": "2025-02-01T09:00:00"}, "validation"),
        ({"valid_at": "2025-02-01T09:00:00 02:00"}, "validation"),
        ({"valid_at": "9999-12-31T23:59:59-01:00"}, "validation"),
        ({"valid_at": ""}, "validation"),
        ({"validat": "2025-02-01"}, "validation"),
        ({"version": "2407"}, "validation"),
        ({"scope_version": ""}, "validation"),
        ({"scope_Version": "1"}, "validation"),
        ({"scope_": "1"}, "validation"),
        ({"scope_region": "a=b"}, "validation"),
        ({"scope_region": "a\u200bb"}, "validation"),
        ({"scope_region": "a" * 201}, "validation"),
        ({"min_position": "-1"}, "validation"),
        ({"valid_at": ["2025-01-01", "2025-01-02"]}, "validation"),
        ({"scope_version": ["1", "1"]}, "validation"),
    ],
)
def test_what_is_asked_wrongly_is_refused(still: Site, parameters: dict[str, Any], kind: str) -> None:
    assert still.refused(f"{MISTRAL}/stage", 422, **parameters)["type"] == f"/problems/{kind}"


def test_a_plus_that_became_a_space_is_explained(still: Site) -> None:
    found = still.refused(f"{MISTRAL}/stage", 422, valid_at="2025-02-01T09:00:00 02:00")
    assert "%2B" in found["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["azure/Mistral", "AZURE/m", "azure/..", "azure/a b", "azure/m@", "azure/m@a=b", "azure/" + "m" * 201])
def test_a_path_that_is_no_model_is_refused(still: Site, path: str) -> None:
    assert still.refused(f"/v1/models/{path}/stage".replace("..", "%2E%2E"), 422)["type"] == "/problems/invalid-name"


def test_a_clock_that_stepped_back_hides_nothing(mistral: Site) -> None:
    mistral.clock.set("2024-01-01")
    told = mistral.read(f"{MISTRAL}/stage")
    assert (told["stage"], told["known_at"]) == ("deprecated", told["recorded_at"])


def test_names_are_of_any_script(empty: Site) -> None:
    empty.post("/v1/models", {**LISTING, "model": "日本語-モデル", "name": "日本語 モデル"})
    sent = empty.post("/v1/models/azure/日本語-モデル/announcements", ANNOUNCEMENT)
    assert empty.read(sent.headers["location"])["model"] == "azure/日本語-モデル"
    assert empty.read("/v1/models/azure/日本語-モデル/stage", valid_at="2025-01-20")["stage"] == "deprecated"


def test_two_claims_that_narrow_a_question_to_one_scope_are_told_once(mistral: Site) -> None:
    mistral.given(
        announce(retired="2025-05-01", scope={"version": "1"}), announce(retired="2025-06-01", scope={"region": "eu", "version": "1"})
    )
    told = mistral.read(f"{MISTRAL}/stage", scope_region="eu")
    assert [found["scope"] for found in told["by_scope"]] == [{"region": "eu", "version": "1"}]
    assert told["by_scope"] == mistral.read(f"{MISTRAL}/explain", scope_region="eu")["by_scope"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(logs(), st.data())
def test_it_says_what_the_replay_says(events: list[Event], data: st.DataObject) -> None:
    with site(clock=HandClock(LATER)) as found:
        append(found.ledger, *events)
        valid, known = boundaries(found.ledger)
        points = st.tuples(
            st.sampled_from(KEYS),
            st.sampled_from(ASKED_SCOPES),
            st.sampled_from([*valid, *around([LATER])]),
            st.sampled_from([at for at in known if at <= found.ledger.now()] or [found.ledger.now()]),
            st.one_of(st.none(), st.integers(0, len(events))),
        )
        for point in data.draw(st.lists(points, min_size=5, max_size=5)):
            assert_same(found, *point)


def assert_same(found: Site, key: SubjectKey, scope: Scope, valid_at: datetime, known_at: datetime, position: Position | None) -> None:
    response = found.client.get(f"/v1/models/{key}/stage", params=parameters(scope, valid_at, known_at, position))
    if key not in found.ledger.models():
        assert response.status_code == 404
        return
    question = found.ledger.question(key, Asked(scope, valid_at, known_at, position))
    histories = found.ledger.histories(question.position)
    expected = wire.stage_answer(question, answer(histories, question), policy_of(histories, question))
    assert response.json() == json.loads(json.dumps(expected))


def parameters(scope: Scope, valid_at: datetime, known_at: datetime, position: Position | None) -> dict[str, Any]:
    asked = {"valid_at": valid_at.isoformat(), "known_at": known_at.isoformat()}
    asked |= {f"scope.{name}": value for name, value in scope.pairs}
    return asked if position is None else {**asked, "recorded_at": f"@{position}"}


def test_a_cycle_of_replacements_is_told_as_by_the_replay(empty: Site) -> None:
    two = SubjectKey.parse("azure/two")
    empty.given(list_model(), list_model(two, name="Two"))
    empty.given(announce(replacements=["azure/two"]), announce(two, replacements=["azure/mistral-large"]))
    empty.post(f"{MISTRAL}/announcements", {"scope": {"version": "1"}, "replacements": ["azure/two"], "source": SOURCE})
    told = empty.read(f"{MISTRAL}/stage")
    assert {"code": "replacement_cycle", "chain": ["azure/mistral-large", "azure/two", "azure/mistral-large"]} in told["findings"]
    assert_same(empty, SubjectKey.parse("azure/mistral-large"), Scope(), empty.ledger.now(), empty.ledger.now(), None)


def test_the_nearest_names_are_given_in_a_large_ledger_too(empty: Site) -> None:
    for number in range(COMPARED_MAX + 10):
        empty.given(list_model(SubjectKey("azure", f"a{number}"), name=f"A{number}"))
    empty.given(list_model())
    assert empty.refused("/v1/models/azure/mistral-larg/stage", 404)["nearest"] == ["azure/mistral-large"]
    assert empty.refused("/v1/models/azure/unheard-of/stage", 404)["nearest"] == []
