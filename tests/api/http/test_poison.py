"""An entry that cannot be read: the index stops, the service says where, and answers about everything else from the log."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.subjects import SubjectKey
from tests.api.http.apps import ANNOUNCEMENT, MISTRAL, SOURCE, Site, problem, site
from tests.ledgers import announce, list_model
from tests.projections.stage_index.test_stopping import append_raw, damage

SMALL = "/v1/models/azure/mistral-small"
KEY = SubjectKey.parse("azure/mistral-small")


@pytest.fixture
def poisoned(tmp_path: Path) -> Iterator[Site]:
    """Two models, of which the second has an entry at 5 that nobody can read."""
    path = tmp_path / "ledger.db"
    with site(path, raising=False) as found:
        found.list_and_announce()
        found.given(list_model(KEY, name="Mistral-small"), announce(KEY, retired="2025-03-01"))
        assert found.read(f"{SMALL}/stage")["position"] == 4
        append_raw(path, "model:azure/mistral-small", 3, "RetirementAnnounced.v2")
        yield found


def test_readiness_names_the_position(poisoned: Site) -> None:
    assert poisoned.get("/readyz").json()["ready"], "nobody has met it yet"
    poisoned.get(f"{MISTRAL}/stage")
    told = poisoned.get("/readyz", 503).json()
    assert (told["ready"], told["reasons"]) == (False, ["The view stage_index stopped before entry 5."])
    assert [(view["stopped_at"], view["position"], view["lag"]) for view in told["views"]] == [(5, 4, 1)]
    assert poisoned.read("/healthz") == {"status": "ok"}


@pytest.mark.parametrize("path", ["stage", "access?operation=create", "history", "explain", "diff?known_from=2024-11-01", ""])
def test_the_damaged_model_is_told_as_unreadable(poisoned: Site, path: str) -> None:
    response = poisoned.get(f"{SMALL}/{path}".rstrip("/"), 503)
    found = problem(response)
    assert (found["type"], found["position"]) == ("/problems/entry-unreadable", 5)
    assert "RetirementAnnounced" not in response.text
    assert poisoned.get(f"{MISTRAL}/{path}".rstrip("/"), 200).status_code == 200


@pytest.mark.parametrize("position", [0, 4, 5, 6])
def test_every_position_of_the_log_can_be_asked_about(poisoned: Site, position: int) -> None:
    poisoned.given(announce(retired="2025-06-15", announced_at="2025-01-20"))
    answer = poisoned.read(f"{MISTRAL}/stage", recorded_at=f"@{position}")
    assert (answer["position"], answer["status"]) == (position, "stage" if position else "not_known")


def test_other_models_are_answered_from_the_log(poisoned: Site) -> None:
    answer = poisoned.read(f"{MISTRAL}/stage", valid_at="2025-01-20")
    assert (answer["stage"], answer["position"]) == ("deprecated", 5)
    assert poisoned.refused("/v1/models/azure/mistral-lage/stage", 404)["nearest"][0] == "azure/mistral-large"
    assert poisoned.refused("/v1/models/azure/none/access", 404, operation="create")["type"] == "/problems/no-such-model"
    poisoned.get(f"{MISTRAL}/access", 204, operation="invoke", check="true")
    poisoned.get(f"{MISTRAL}/access", 403, operation="create", check="true")


def test_other_models_are_written_and_read(poisoned: Site) -> None:
    sent = poisoned.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "retired": {"on": "2025-06-15"}})
    assert sent.json()["position"] == 6
    answer = poisoned.read(f"{MISTRAL}/stage", min_position=6)
    assert (answer["position"], answer["schedule"]["retired"]["on"]) == (6, "2025-06-15")
    assert problem(poisoned.post(f"{SMALL}/announcements", ANNOUNCEMENT, 503))["position"] == 5


def test_a_batch_answers_the_others(poisoned: Site) -> None:
    asked = {"questions": [{"model": f"azure/mistral-{size}", "valid_at": "2025-01-20"} for size in ("large", "small", "large")]}
    first, second, third = map(json.loads, poisoned.post("/v1/stages:batch", asked, 200).text.splitlines())
    assert (first, first["stage"], second["problem"]["type"]) == (third, "deprecated", "/problems/entry-unreadable")


def test_lists_that_need_it_are_unreadable_and_others_are_not(poisoned: Site) -> None:
    poisoned.given(list_model(SubjectKey.parse("bedrock/other"), name="Other"))
    for path in ("/v1/models", "/v1/catalog", "/v1/upcoming", "/v1/events"):
        assert poisoned.refused(path, 503)["type"] == "/problems/entry-unreadable"
    assert [row["model"] for row in poisoned.read("/v1/models", catalog="bedrock")["models"]] == ["bedrock/other"]
    assert [row["model"] for row in poisoned.read("/v1/catalog", catalog="bedrock")["models"]] == ["bedrock/other"]
    assert [event["id"] for event in poisoned.read("/v1/events", after=5)["events"]] == ["6"]
    assert [event["id"] for event in poisoned.read("/v1/events", limit=4)["events"]] == ["1", "2", "3", "4"]
    assert poisoned.refused("/v1/events/5", 503)["position"] == 5


def test_an_entry_that_was_damaged_since_is_met_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with site(path) as before:
        before.list_and_announce()
        before.post("/v1/models", {"catalog": "azure", "model": "mistral-small", "name": "Mistral-small", "source": SOURCE})
    with site(path) as found:
        found.service.refresh()
        damage(path, "model:azure/mistral-small")
        assert found.read(f"{MISTRAL}/stage", valid_at="2025-01-20")["stage"] == "deprecated"
        assert found.refused(f"{SMALL}/stage", 503)["position"] == 3
        assert found.read(f"{MISTRAL}/stage", valid_at="2025-01-20")["stage"] == "deprecated"
        assert found.get("/readyz", 503).json()["views"][0]["stopped_at"] == 3
