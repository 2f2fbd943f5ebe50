"""Writing: once for each key, upon the version that the sender saw, and rehearsed without a trace."""

import asyncio
from typing import Any

import pytest

from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, SOURCE, Site, problem, told
from tests.api.http.test_access import POLICY
from tests.ledgers import announce

TRANSITION = {"stage": "legacy", "effective_at": "2025-01-01", "announced_at": "2025-01-01", "source": SOURCE}
WITHDRAWAL = {"claim": 2, "by": "recorder", "reason": "misread"}
WRITES: dict[str, dict[str, Any]] = {
    "/v1/models": {**LISTING, "scope": {"version": "1"}},
    f"{MISTRAL}/announcements": {"retired": {"on": "2025-06-15"}, "source": SOURCE},
    f"{MISTRAL}/transitions": TRANSITION,
    f"{MISTRAL}/withdrawals": WITHDRAWAL,
    "/v1/policies": POLICY,
}
ABOUT_MODELS = [path for path in WRITES if path != "/v1/policies"]


@pytest.mark.parametrize("path", WRITES)
def test_a_command_is_answered_with_what_it_appended(mistral: Site, path: str) -> None:
    sent = mistral.post(path, WRITES[path])
    assert (sent.json()["position"], sent.json()["positions"]) == (3, [3])
    assert sent.json()["recorded_at"] == "2025-02-01T12:00:00.000002Z"
    assert sent.headers["etag"] == f'"{sent.json()["version"]}"'
    assert "idempotency-replayed" not in sent.headers
    found = mistral.get(sent.headers["location"])
    if path in ABOUT_MODELS:
        assert found.headers["etag"] == sent.headers["etag"]


@pytest.mark.parametrize("path", WRITES)
def test_a_command_sent_again_gets_its_first_answer(mistral: Site, path: str) -> None:
    first = mistral.post(path, WRITES[path], key="once")
    mistral.clock.advance(days=1)
    mistral.given(announce(retired="2025-07-15", announced_at="2025-01-20"))
    again = mistral.post(path, WRITES[path], key="once")
    assert (again.content, again.headers["etag"], again.headers["location"]) == (
        first.content,
        first.headers["etag"],
        first.headers["location"],
    )
    assert again.headers["idempotency-replayed"] == "true"
    assert mistral.post(path, WRITES[path], key='"once"').content == first.content, "the quoted form is the same key"
    assert mistral.read("/v1/events")["position"] == 4
    assert (mistral.service.counters.appends, mistral.service.counters.key_replays) == (3, 2)


@pytest.mark.parametrize("path", WRITES)
def test_a_key_is_for_one_command(mistral: Site, path: str) -> None:
    mistral.post(path, WRITES[path], key="once")
    changed = {**WRITES[path], "source": {"name": "another"}} if "source" in WRITES[path] else {**WRITES[path], "reason": "another"}
    for other, body in ((path, changed), (f"{MISTRAL}/announcements", ANNOUNCEMENT)):
        assert problem(mistral.post(other, body, 422, key="once"))["type"] == "/problems/command-key-reused"
    assert mistral.read("/v1/events")["position"] == 3


def test_a_refused_command_may_be_sent_again_under_its_key(mistral: Site) -> None:
    mistral.post(f"{MISTRAL}/withdrawals", {**WITHDRAWAL, "claim": 3}, 422, key="k")
    mistral.given(announce(retired="2025-07-15"))
    mistral.post(f"{MISTRAL}/withdrawals", {**WITHDRAWAL, "claim": 3}, 201, key="k")


@pytest.mark.parametrize("path", WRITES)
def test_a_command_without_a_key_is_refused(mistral: Site, path: str) -> None:
    found = problem(told(mistral.client.post(path, json=WRITES[path]), 428))
    assert (found["type"], "new one for each" in found["detail"]) == ("/problems/idempotency-key-missing", True)
    assert mistral.read("/v1/events")["position"] == 2


@pytest.mark.parametrize("key", ["", " ", '""', "a b", "a" * 256, "tick:x", '"tick:x"', "é", "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(mistral: Site, key: str) -> None:
    sent = mistral.client.post(f"{MISTRAL}/announcements", json=ANNOUNCEMENT, headers={b"Idempotency-Key": key.encode("latin-1")})
    assert problem(told(sent, 422))["type"] == "/problems/invalid-name"


@pytest.mark.parametrize("path", ABOUT_MODELS)
def test_the_version_that_the_sender_saw_has_to_stand(mistral: Site, path: str) -> None:
    seen = mistral.get(MISTRAL).headers["etag"]
    assert seen == '"2"'
    mistral.post(path, WRITES[path], headers={"If-Match": seen})
    stale = problem(mistral.post(path, {**WRITES[path], "announced_at": "2025-01-30"}, 412, headers={"If-Match": seen}))
    assert (stale["type"], stale["expected"], stale["actual"]) == ("/problems/stale-version", 2, 3)


def test_a_new_model_has_version_0(empty: Site) -> None:
    empty.post("/v1/models", LISTING, 412, headers={"If-Match": '"1"'})
    empty.post("/v1/models", LISTING, headers={"If-Match": '"0"'})


@pytest.mark.parametrize("tag", ["2", 'W/"2"', "*", "", '"two"', '"2", "3"', '"-1"', '"9999999999999999"', '"\u0662"'])
def test_a_malformed_version_is_refused(mistral: Site, tag: str) -> None:
    headers = {b"If-Match": tag.encode(), b"Idempotency-Key": b"k"}
    sent = mistral.client.post(f"{MISTRAL}/announcements", json=ANNOUNCEMENT, headers=headers)
    assert problem(told(sent, 422))["type"] == "/problems/invalid-name"
    assert mistral.read("/v1/events")["position"] == 2


@pytest.mark.parametrize("path", ABOUT_MODELS)
def test_a_rehearsal_writes_nothing_and_tells_what_the_command_does(mistral: Site, path: str) -> None:
    before = mistral.read(f"{MISTRAL}/stage")
    rehearsed = mistral.post(f"{path}?dry_run=true", WRITES[path], 200).json()
    assert (rehearsed["dry_run"], mistral.read("/v1/events")["position"]) == (True, 2)
    sent = mistral.post(path, WRITES[path]).json()
    assert sent["positions"] == rehearsed["positions"]
    asked = {f"scope_{name}": value for name, value in WRITES[path].get("scope", {}).items()}
    assert mistral.read(f"{MISTRAL}/stage", **asked) == rehearsed["after"]
    if not asked:
        assert {**before, "known_at": "", "valid_at": ""} == {**rehearsed["before"], "known_at": "", "valid_at": ""}
    assert [found for found in rehearsed["after"]["findings"] if found not in rehearsed["before"]["findings"]] == rehearsed["findings"]


def test_a_rehearsal_needs_no_key_and_is_refused_as_the_command_is(mistral: Site) -> None:
    told(mistral.client.post(f"{MISTRAL}/announcements?dry_run=true", json=ANNOUNCEMENT), 200)
    mistral.post(f"{MISTRAL}/announcements?dry_run=true", {"source": SOURCE}, 422)
    mistral.post(f"{MISTRAL}/announcements?dry_run=true", ANNOUNCEMENT, 412, headers={"If-Match": '"1"'})
    mistral.post("/v1/models?dry_run=true", LISTING, 409)
    mistral.post("/v1/models/azure/none/announcements?dry_run=true", ANNOUNCEMENT, 404)


def test_a_rehearsed_listing_has_nothing_before(empty: Site) -> None:
    rehearsed = empty.post("/v1/models?dry_run=true", LISTING, 200).json()
    assert (rehearsed["before"], rehearsed["positions"], rehearsed["after"]["stage"]) == (None, [1], "generally_available")
    assert empty.read("/v1/models")["models"] == []


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("query", ["dryrun=true", "dry_run=yes", "dry_run=1", "dry_run=", "dry_run=true&dry_run=false", "min_position=1"])
def test_a_parameter_that_is_unclear_writes_nothing(mistral: Site, path: str, query: str) -> None:
    mistral.post(f"{path}?{query}", WRITES[path], 422)
    assert mistral.read("/v1/events")["position"] == 2


def test_a_writer_reads_what_it_wrote(mistral: Site) -> None:
    for day in range(1, 20):
        position = mistral.post(f"{MISTRAL}/announcements", {"retired": {"on": f"2025-06-{day:02}"}, "source": SOURCE}).json()["position"]
        answer = mistral.read(f"{MISTRAL}/stage")
        assert (answer["position"], answer["schedule"]["retired"]["on"]) == (position, f"2025-06-{day:02}")


def test_a_position_that_is_not_reached_in_time_is_unavailable(mistral: Site) -> None:
    assert mistral.read(f"{MISTRAL}/stage", min_position=2)["position"] == 2
    for path in (f"{MISTRAL}/stage", f"{MISTRAL}/access?operation=create", "/v1/models", "/v1/catalog", "/v1/events", "/v1/commands/x"):
        response = mistral.get(f"{path}{'&' if '?' in path else '?'}min_position=3", 503)
        found = problem(response)
        assert (found["type"], found["position"], found["min_position"]) == ("/problems/position-not-reached", 2, 3)
        assert response.headers["retry-after"] == "1"


def test_a_position_that_another_process_reaches_meanwhile_is_waited_for(mistral: Site) -> None:
    mistral.service.wait_seconds = 60

    async def reached() -> int:
        waiting = asyncio.create_task(mistral.service.reach(3))
        await asyncio.sleep(0)
        assert not waiting.done()
        await mistral.ledger.submit(announce(retired="2025-07-15"), key=None)
        await waiting
        return mistral.service.position

    assert mistral.client.portal is not None
    assert mistral.client.portal.call(reached) == 3


def test_parts_of_a_model_are_named_in_the_path_or_the_body(mistral: Site) -> None:
    mistral.post(f"{MISTRAL}@2407/announcements", {"retired": {"on": "2025-06-15"}, "source": SOURCE, "scope": {"region": "eu"}})
    told_scope = mistral.read("/v1/events/3")["data"]["scope"]
    assert told_scope == {"region": "eu", "version": "2407"}
    mistral.post(f"{MISTRAL}@2407/announcements", {**ANNOUNCEMENT, "scope": {"version": "2402"}}, 422)
