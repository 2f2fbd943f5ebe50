"""Access: what each stage allows, by which rules; in an answer, and by the status alone."""

from typing import Any

import pytest

from domain.stages import Stage
from domain.subjects import SubjectKey
from tests.api.http.apps import LISTING, MISTRAL, SOURCE, Site, problem
from tests.ledgers import list_model

DAYS = {
    "2024-12-01": Stage.GENERALLY_AVAILABLE,
    "2024-12-20": Stage.LEGACY,
    "2025-01-20": Stage.DEPRECATED,
    "2025-04-20": Stage.RETIRED,
}
ALLOWED: dict[Stage, dict[str, bool]] = {
    Stage.PREVIEW: {"create": True, "invoke": True},
    Stage.GENERALLY_AVAILABLE: {"create": True, "invoke": True},
    Stage.LEGACY: {"create": True, "invoke": True},
    Stage.DEPRECATED: {"create": False, "invoke": True},
    Stage.RETIRED: {"create": False, "invoke": False},
}
POLICY = {
    "catalog": "azure",
    "version": 3,
    "applies_to": "models deployed to serverless APIs",
    "in_force_from": "2024-01-01",
    "announced_at": "2024-01-01",
    "legacy_days_min": 30,
    "deprecated_days_min": 90,
    "notified_roles": ["owner"],
    "source": SOURCE,
}


@pytest.mark.parametrize("forbids", [None, [], ["create"], ["invoke"], ["create", "invoke"]])
@pytest.mark.parametrize("operation", ["create", "invoke"])
@pytest.mark.parametrize("valid_at", DAYS)
def test_a_stage_allows_what_its_rules_say(mistral: Site, valid_at: str, operation: str, forbids: list[str] | None) -> None:
    stage, expected = DAYS[valid_at], ALLOWED[DAYS[valid_at]][operation]
    if forbids is not None:
        mistral.post("/v1/policies", {**POLICY, "deprecated_forbids": forbids, "retired_call_returns": "404"})
        expected = operation not in forbids if stage is Stage.DEPRECATED else expected
    asked: dict[str, Any] = {"operation": operation, "valid_at": valid_at}
    found = mistral.read(f"{MISTRAL}/access", **asked)
    assert (found["allowed"], found["stage"], found["operation"]) == (expected, stage, operation)
    rules = (found["policy_version"], found["retired_call_returns"])
    assert rules == ((None, None) if forbids is None else (3, "404"))
    shown = mistral.read(f"{MISTRAL}/stage", valid_at=valid_at)
    assert found["allowed"] == shown["new_deployments" if operation == "create" else "existing_deployments"]
    mistral.get(f"{MISTRAL}/access", 204 if expected else 403, **asked, check="true")


def test_a_preview_allows_both(empty: Site) -> None:
    empty.post("/v1/models", {**LISTING, "stage": "preview"})
    for operation, allowed in ALLOWED[Stage.PREVIEW].items():
        assert empty.read(f"{MISTRAL}/access", operation=operation)["allowed"] is allowed


def test_the_rules_of_the_time_asked_about_decide(mistral: Site) -> None:
    mistral.post("/v1/policies", {**POLICY, "version": 1, "deprecated_forbids": ["create", "invoke"]})
    mistral.post(
        "/v1/policies", {**POLICY, "version": 2, "deprecated_forbids": [], "announced_at": "2025-01-20", "in_force_from": "2025-03-01"}
    )
    asked = {"operation": "invoke", "valid_at": "2025-03-15"}
    assert mistral.read(f"{MISTRAL}/access", **asked)["policy_version"] == 2
    assert mistral.read(f"{MISTRAL}/access", **asked, known_at="2025-01-19")["policy_version"] == 1
    assert mistral.read(f"{MISTRAL}/access", **asked, recorded_at="@3")["policy_version"] == 1
    assert mistral.read(f"{MISTRAL}/access", operation="invoke", valid_at="2025-02-28")["allowed"] is False
    assert mistral.read(f"{MISTRAL}/access", **asked)["allowed"] is True


@pytest.mark.parametrize("asked", [{}, {"recorded_at": "@2"}, {"min_position": "2"}, {"scope_version": "1"}])
def test_by_the_status_alone(still: Site, asked: dict[str, Any]) -> None:
    allowed = still.get(f"{MISTRAL}/access", 204, operation="invoke", check="true", **asked)
    assert allowed.content == b""
    denied = problem(still.get(f"{MISTRAL}/access", 403, operation="create", check="true", **asked))
    assert (denied["type"], denied["detail"]) == ("/problems/access-denied", "azure/mistral-large is deprecated.")


def test_no_stage_is_no_permission(empty: Site) -> None:
    empty.given(list_model(since="2025-03-01", announced_at="2025-01-01"))
    asked = {"operation": "create"}
    assert empty.read(f"{MISTRAL}/access", **asked)["allowed"] is None
    assert empty.read(f"{MISTRAL}/access", **asked)["status"] == "not_listed"
    assert empty.refused(f"{MISTRAL}/access", 403, **asked, check="true")["detail"] == "azure/mistral-large is not listed."
    assert empty.refused(f"{MISTRAL}/access", 404, **asked, check="true", known_at="2024-01-01")["type"] == "/problems/no-such-model"
    assert empty.refused("/v1/models/azure/none/access", 404, **asked)["type"] == "/problems/no-such-model"
    assert empty.refused("/v1/models/azure/none/access", 404, **asked, check="true")["type"] == "/problems/no-such-model"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"operation": "delete"},
        {"operation": ""},
        {"operation": "CREATE"},
        {"operation": "create", "check": "maybe"},
        {"operations": "create"},
    ],
)
def test_an_operation_that_is_none_is_refused(still: Site, asked: dict[str, Any]) -> None:
    still.refused(f"{MISTRAL}/access", 422, **asked)
    still.refused(f"{MISTRAL}/access", 422, **{"check": "true", **asked})


@pytest.mark.parametrize("operation", ["create", "invoke"])
@pytest.mark.parametrize(
    "clocks", ["", "&valid_at=2024-12-20", "&valid_at=2025-01-20T00:00:00Z&known_at=2025-01-01", "&valid_at=2025-05-01"]
)
@pytest.mark.parametrize("model", ["mistral-large", "mistral-large@2", "mistral-larg", "mistral-nemo", "Mistral", "mistral%2Dlarge", "%FF"])
def test_the_short_way_answers_as_the_common_way(mistral: Site, model: str, clocks: str, operation: str) -> None:
    """A question that names a `min_position` goes the common way."""
    mistral.given(list_model(SubjectKey.parse("azure/mistral-nemo"), name="Mistral Nemo", since="2030-01-01"))
    path = f"/v1/models/azure/{model}/access?operation={operation}&check=true{clocks}"
    short, common = mistral.client.get(path), mistral.client.get(f"{path}&min_position=0")
    assert (short.status_code, short.content) == (common.status_code, common.content)
    assert short.headers.get("content-type") == common.headers.get("content-type")


@pytest.mark.parametrize(
    "query",
    [
        "operation=create&check=true&check=true",
        "operation=sell&check=true",
        "check=true",
        "operation=create&check=true&known_at=2999-01-01",
    ],
)
def test_what_is_wrong_with_a_question_is_told_in_full(mistral: Site, query: str) -> None:
    assert problem(mistral.get(f"{MISTRAL}/access?{query}", 422))["detail"]
