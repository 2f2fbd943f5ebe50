"""The log as pages, one entry of it, the rules of the catalogs, and what became of a command."""

from typing import Any
from urllib.parse import quote

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat

from domain.commands import RecordPage
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, Site
from tests.api.http.test_access import POLICY
from tests.ledgers import list_model, observe


@pytest.fixture
def rich(mistral: Site) -> Site:
    """Two policies at 3 and 4, a reading of a page at 5."""
    mistral.post("/v1/policies", POLICY)
    mistral.post("/v1/policies", {**POLICY, "version": 4, "announced_at": "2025-01-01"})
    mistral.given(RecordPage(observation=observe()))
    return mistral


def test_pages_give_the_whole_log_once(rich: Site) -> None:
    found, address = [], "/v1/events?limit=2"
    while address:
        response = rich.get(address)
        page = response.json()
        found += [event["id"] for event in page["events"]]
        full = len(page["events"]) == 2
        assert ("immutable" in response.headers["cache-control"]) == full
        assert response.headers.get("link") == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        address = page["next"]
    assert found == ["1", "2", "3", "4", "5"]


def test_a_full_page_never_changes(rich: Site) -> None:
    before = rich.get("/v1/events", after=1, limit=3)
    rich.given(list_model(scope={"version": "1"}))
    after = rich.get("/v1/events", after=1, limit=3)
    assert (before.content, before.headers["etag"]) == (after.content, after.headers["etag"])
    assert rich.read("/v1/events", after=4)["position"] == 6


def test_only_some_streams(rich: Site) -> None:
    assert [event["id"] for event in rich.read("/v1/events", stream="policy:")["events"]] == ["3", "4"]
    assert [event["id"] for event in rich.read("/v1/events", stream="model:azure/mistral-large", after=1)["events"]] == ["2"]
    assert rich.read("/v1/events", stream="model:azure/mistral-large%")["events"] == []
    page = rich.read("/v1/events", stream="policy:", limit=1)
    assert [event["id"] for event in rich.read(page["next"])["events"]] == ["4"]


def test_each_entry_is_a_cloud_event(rich: Site) -> None:
    for told in rich.read("/v1/events")["events"]:
        body = rich.get(f"/v1/events/{told['id']}").content
        message = HTTPMessage({"content-type": "application/cloudevents+json"}, body)
        event = from_structured_event(message, JSONFormat())
        assert (event.get_id(), event.get_type(), event.get_source()) == (told["id"], told["type"], told["source"])
        assert event.get_data() == told["data"]
        assert event.get_type().startswith("lifecycle-ledger.")


def test_an_entry_is_told_as_it_was_announced_and_recorded(rich: Site) -> None:
    told = rich.get("/v1/events/2")
    assert "immutable" in told.headers["cache-control"]
    event = told.json()
    assert (event["time"], event["recordedtime"]) == ("2024-11-22T00:00:00Z", "2025-02-01T12:00:00.000001Z")
    assert (event["subject"], event["streamversion"], event["actor"]) == ("model:azure/mistral-large", 2, "tester")
    assert event["data"]["retired"]["value"] == "2025-04-15"
    assert rich.read("/v1/events/5")["time"] == "2024-11-22T00:00:00Z"


@pytest.mark.parametrize(
    ("position", "status"), [("6", 404), ("9223372036854775807", 404), ("9223372036854775808", 422), ("0", 422), ("x", 422)]
)
def test_an_entry_that_is_not_there(rich: Site, position: str, status: int) -> None:
    found = rich.refused(f"/v1/events/{position}", status)
    if status == 404:
        assert (found["type"], found["position"], found["head"]) == ("/problems/no-such-entry", int(position), 5)


@pytest.mark.parametrize(
    "asked", [{"after": "-1"}, {"after": "x"}, {"after": "9223372036854775808"}, {"stream": "a" * 501}, {"since": "1"}]
)
def test_a_page_asked_wrongly_is_refused(rich: Site, asked: dict[str, Any]) -> None:
    rich.refused("/v1/events", 422, **asked)


def test_a_page_beyond_the_end_is_empty(rich: Site) -> None:
    assert rich.read("/v1/events", after=2**63 - 1) == {"position": 5, "next": None, "events": []}


def test_policies_are_told_with_the_one_in_force(rich: Site) -> None:
    rich.post("/v1/policies", {**POLICY, "catalog": "bedrock", "version": 1})
    told = rich.read("/v1/policies")["policies"]
    assert [(row["catalog"], row["version"], row["in_force"]) for row in told] == [
        ("azure", 3, False),
        ("azure", 4, True),
        ("bedrock", 1, True),
    ]
    assert told[0]["policy"]["deprecated_forbids"] == ["create"]
    assert [row["catalog"] for row in rich.read("/v1/policies", catalog="bedrock")["policies"]] == ["bedrock"]
    assert rich.read("/v1/policies", catalog="none")["policies"] == []
    assert rich.read("/v1/policies", catalog="azur")["policies"] == []


@pytest.mark.parametrize("changed", [{"version": 4}, {"version": 3}, {"version": 1}])
def test_a_policy_is_followed_by_a_newer_one_alone(rich: Site, changed: dict[str, Any]) -> None:
    assert rich.post("/v1/policies", {**POLICY, **changed}, 409).json()["type"] == "/problems/policy-not-newer"


@pytest.mark.parametrize("key", ["plain", "5f1c4f3e-6a0b-4a53-9a43-0c8e1f3f3d55", "a/b//c?d=e&f#g", "..;", "~!@$^*()[]{}|'\\"])
def test_the_outcome_of_a_command_is_kept_under_its_key(empty: Site, key: str) -> None:
    written = empty.post("/v1/models", LISTING, key=key).json()
    found = empty.client.get(f"/v1/commands/{quote(key)}")
    assert found.status_code == 200, found.text
    assert (found.json()["key"], found.json()["position"]) == (key, 1)
    assert {name: found.json()["written"][name] for name in ("positions", "recorded_at", "version")} == {
        name: written[name] for name in ("positions", "recorded_at", "version")
    }
    assert "immutable" in found.headers["cache-control"]


def test_a_command_that_was_refused_leaves_no_outcome(mistral: Site) -> None:
    mistral.post("/v1/models", LISTING, 409, key="refused")
    mistral.post(f"{MISTRAL}/announcements?dry_run=true", ANNOUNCEMENT, 200, key="rehearsed")
    for key in ("refused", "rehearsed", "unheard-of"):
        assert mistral.refused(f"/v1/commands/{key}", 404)["type"] == "/problems/no-such-command"
