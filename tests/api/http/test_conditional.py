"""What can be kept: entity tags, and answers that never change again."""

from itertools import product
from typing import Any

import pytest

from tests.api.http.apps import MISTRAL, SOURCE, Site
from tests.api.http.test_access import POLICY
from tests.ledgers import announce, withdraw

READS: dict[str, dict[str, Any]] = {
    MISTRAL: {},
    f"{MISTRAL}/stage": {},
    f"{MISTRAL}/access": {"operation": "create"},
    f"{MISTRAL}/history": {},
    f"{MISTRAL}/explain": {},
    f"{MISTRAL}/diff": {"known_from": "2024-12-01"},
    "/v1/models": {},
    "/v1/catalog": {},
    "/v1/upcoming": {},
    "/v1/policies": {},
    "/v1/events": {},
    "/v1/events/1": {},
    "/v1/commands/key-1": {},
}


@pytest.mark.parametrize("path", READS)
def test_who_has_an_answer_is_told_so(mistral: Site, path: str) -> None:
    first = mistral.get(path, **READS[path])
    tag = first.headers["etag"]
    opaque = tag.removeprefix("W/")
    for known in (tag, opaque, f"W/{opaque}", "*", f'"other", {tag}', f'{tag} , W/"other"'):
        again = mistral.get(path, 304, {"If-None-Match": known}, **READS[path])
        assert again.content == b""
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, first.headers["cache-control"])
    for known in ('"other"', "", opaque[1:-1], f"{opaque[:-1]}x{opaque[-1]}"):
        assert mistral.get(path, 200, {"If-None-Match": known}, **READS[path]).content == first.content


@pytest.mark.parametrize("path", [path for path in READS if "/events/" not in path and "/commands/" not in path])
def test_a_tag_changes_with_the_answer(mistral: Site, path: str) -> None:
    tag = mistral.get(path, **READS[path]).headers["etag"]
    mistral.given(announce(retired="2025-07-15", announced_at="2025-01-20"))
    mistral.post("/v1/policies", {**POLICY, "deprecated_forbids": []})
    mistral.get(path, 200, {"If-None-Match": tag}, **READS[path])


def test_a_tag_outlives_the_moment(mistral: Site) -> None:
    tag = mistral.get(f"{MISTRAL}/stage").headers["etag"]
    mistral.clock.advance(days=1)
    mistral.get(f"{MISTRAL}/stage", 304, {"If-None-Match": tag})
    mistral.clock.set("2025-04-15")
    mistral.get(f"{MISTRAL}/stage", 200, {"If-None-Match": tag})


def test_the_last_page_is_another_than_one_with_a_following(mistral: Site) -> None:
    tag = mistral.get("/v1/models", limit=1).headers["etag"]
    mistral.post("/v1/models", {"catalog": "bedrock", "model": "m", "name": "M", "source": SOURCE})
    assert mistral.get("/v1/models", 200, {"If-None-Match": tag}, limit=1).json()["next"]


POINTS: dict[str, list[str | None]] = {
    "valid_at": [None, "2025-01-20", "2025-05-01"],
    "known_at": [None, "2024-12-01", "2025-02-01T12:00:00Z", "2025-02-01T12:00:00.000001Z", "2025-02-02"],
    "recorded_at": [None, "@0", "@2", "2025-02-01T12:00:00Z", "2025-02-01T12:00:00.000001Z", "2025-02-01T12:00:00.000002Z", "2025-02-02"],
}
CACHED: dict[str, dict[str, Any]] = {f"{MISTRAL}/stage": {}, f"{MISTRAL}/access": {"operation": "create"}, f"{MISTRAL}/explain": {}}
MARK = "immutable"


def points() -> list[dict[str, Any]]:
    every: list[dict[str, Any]] = [dict(zip(POINTS, values, strict=True)) for values in product(*POINTS.values())]
    return [{name: value for name, value in asked.items() if value is not None} for asked in every]


@pytest.mark.parametrize("path", CACHED)
def test_what_is_marked_immutable_never_changes(mistral: Site, path: str) -> None:
    mistral.clock.set("2025-02-03")
    kept: list[tuple[dict[str, Any], Any]] = []
    for asked in points():
        response = mistral.get(path, **CACHED[path], **asked)
        if MARK in response.headers["cache-control"]:
            kept.append((asked, response.content))
    assert len(kept) == 2 * 3 * 4, "both instants in the world, all points of knowledge and of record up to the head"
    mistral.given(announce(retired="2025-02-20", announced_at="2024-11-30"), withdraw(2))
    mistral.post("/v1/policies", {**POLICY, "deprecated_forbids": [], "announced_at": "2024-01-01"})
    for now in ("2025-02-03", "2026-01-01", "2024-01-01"):
        mistral.clock.set(now)
        for asked, content in kept:
            assert mistral.get(path, **CACHED[path], **asked).content == content


def test_an_answer_with_an_open_clock_is_not_immutable(mistral: Site) -> None:
    mistral.clock.set("2025-02-03")
    for asked in points():
        if asked.keys() != POINTS.keys():
            assert MARK not in mistral.get(f"{MISTRAL}/stage", **asked).headers["cache-control"]


def test_refusals_are_not_kept(mistral: Site) -> None:
    fixed: dict[str, Any] = {"valid_at": "2025-01-01", "known_at": "2025-01-01", "recorded_at": "@1"}
    assert MARK not in mistral.get("/v1/models/azure/none/stage", 404, **fixed).headers.get("cache-control", "")
    denied = mistral.get(
        f"{MISTRAL}/access", 403, operation="create", check="true", **{**fixed, "valid_at": "2025-01-20", "recorded_at": "@2"}
    )
    assert "cache-control" not in denied.headers
