"""Bodies: JSON in UTF-8 with known members and nothing else; what is not is refused, and nothing is written."""

from typing import Any

import pytest

from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, SOURCE, Site, problem, told
from tests.api.http.test_access import POLICY

JSON = "application/json"


def send(found: Site, body: bytes, kind: str | None = JSON, path: str = f"{MISTRAL}/withdrawals") -> Any:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": kind} if kind else {})
    return found.client.post(path, content=body, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"claim": 2,}',
        b"{'claim': 2}",
        b"\xff\xfe{}",
        b'{"reason": "\xff"}',
        b'{"reason": "\xed\xa0\x80"}',
        b'{"reason": "\\ud800"}',
        b'{"reason": "\\ude00\\ud83d"}',
        b'{"\\udfff": 1}',
        '{"claim": 2}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"claim": NaN}',
        b'{"claim": Infinity}',
        b'{"claim": ' + b"9" * 5000 + b"}",
        b'{"claim": 01}',
        b'{"reason": "\n"}',
        b"{} {}",
        b"\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("path", ["/v1/models", f"{MISTRAL}/withdrawals", "/v1/stages:batch", "/v1/policies"])
def test_what_is_no_json_is_unreadable(still: Site, body: bytes, path: str) -> None:
    found = problem(told(send(still, body, path=path), 400))
    assert found["type"] == "/problems/body-unreadable"
    assert "python" not in found["detail"].lower()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", None, "json"]
)
def test_another_type_is_not_taken(mistral: Site, kind: str | None) -> None:
    body = b'{"claim": 2, "by": "recorder", "reason": "misread"}'
    assert problem(told(send(mistral, body, kind), 415))["type"] == "/problems/unsupported-media-type"
    assert send(mistral, body, "Application/JSON ; charset=utf-8").status_code == 201


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"text"', b"true", b"[{}]"])
def test_a_body_is_an_object(still: Site, body: bytes) -> None:
    assert problem(told(send(still, body), 422))["type"] == "/problems/validation"


WITHDRAWAL = {"claim": 2, "by": "recorder", "reason": "misread"}


BASES: dict[str, dict[str, Any]] = {
    "withdrawals": WITHDRAWAL,
    "announcements": ANNOUNCEMENT,
    "transitions": {"stage": "legacy", "effective_at": "2025-01-01", "source": SOURCE},
}
WRONG: dict[tuple[str, str], list[Any]] = {
    ("withdrawals", "claim"): [None, True, "2", 2.0, 2.5, 0, -1, 2**63, 10**40, [], {}],
    ("withdrawals", "reason"): [None, "", 1, "a" * 10_001, ["a"]],
    ("withdrawals", "by"): [None, "", "Recorder", "tester"],
    ("withdrawals", "more"): [1],
    ("announcements", "retired"): [
        "2025-01-01",
        {},
        {"on": None},
        {"on": "2025-01-01", "not_before": "2025-01-01"},
        {"on": "2025-13-01"},
        {"on": "2025-01"},
        {"month": "2025-01-01"},
        {"month": "9999-12"},
        {"on": "0000-01-01"},
        {"on": "2025-01-01T00:00:00"},
        {"on": 20250101},
        {"withdrawn": False},
        {"withdrawn": 1},
        {"withdrawn": True, "on": "2025-01-01"},
        {"on": "\u0662025-01-01"},
        {"on": "2025-01-01", "raw": "a" * 1001},
        {"on": "2025-01-01", "more": 1},
    ],
    ("announcements", "scope"): [None, [], {"a": 1}, {"A": "b"}, {"": "b"}, {"a": ""}, {"a": "="}, {f"k{n}": "v" for n in range(17)}],
    ("announcements", "replacements"): ["azure/x", [1], ["x"], ["azure/X"], ["a/b"] * 101, [""]],
    ("announcements", "label"): ["GA", "", 1, []],
    ("announcements", "announced_at"): [1732233600, "", "yesterday", "2024-11-22T00:00:00", True],
    ("announcements", "source"): [None, {}, {"name": ""}, {"name": "x", "more": 1}, "page"],
    ("announcements", "on_policy_breach"): ["ignore", None],
    ("transitions", "effective_at"): [None, "soon"],
    ("transitions", "stage"): [None, "announced"],
}


@pytest.mark.parametrize(("path", "member", "value"), [(*key, value) for key, values in WRONG.items() for value in values])
def test_what_a_member_cannot_be_is_refused(still: Site, path: str, member: str, value: Any) -> None:
    found = problem(still.post(f"{MISTRAL}/{path}", {**BASES[path], member: value}, 422))
    assert found["type"] in ("/problems/validation", "/problems/invalid-scope", "/problems/invalid-name")
    assert still.read("/v1/events")["position"] == 2


@pytest.mark.parametrize(("path", "member"), [(path, name) for path, base in BASES.items() for name in base if path != "announcements"])
def test_what_is_needed_has_to_be_there(still: Site, path: str, member: str) -> None:
    body = {name: value for name, value in BASES[path].items() if name != member}
    assert problem(still.post(f"{MISTRAL}/{path}", body, 422))["errors"][0]["loc"] == ["body", member]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "a" * 201},
        {"name": " "},
        {"name": "a\u202eb"},
        {"provider": "a" * 201},
        {"catalog": "Azure"},
        {"catalog": "azure/x"},
        {"model": "Mistral Large"},
        {"model": "a/b"},
        {"model": "a@b"},
        {"model": ".."},
        {"stage": "legacy"},
        {"since": "soon"},
        {"announced_at": "2030-01-01"},
    ],
)
def test_a_listing_that_cannot_be_is_refused(empty: Site, changed: dict[str, Any]) -> None:
    empty.post("/v1/models", {**LISTING, "model": "other", **changed}, 422)
    assert empty.read("/v1/events")["position"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 0},
        {"version": True},
        {"legacy_days_min": -1},
        {"legacy_days_min": 36_501},
        {"deprecated_forbids": ["delete"]},
        {"deprecated_forbids": ["create"] * 3},
        {"notified_roles": [""]},
        {"catalog": "AZURE"},
        {"catalog": "\u0430zure"},
        {"announced_at": "2030-01-01"},
    ],
)
def test_a_policy_that_cannot_be_is_refused(empty: Site, changed: dict[str, Any]) -> None:
    empty.post("/v1/policies", {**POLICY, **changed}, 422)
    assert empty.read("/v1/events")["position"] == 0


def test_texts_of_any_script_are_kept_as_they_came(mistral: Site) -> None:
    text = "\U0001d518nicode: e\u0301 \U0001f984 \u202e \x00 \n"
    mistral.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "notes": text})
    assert mistral.read("/v1/events/3")["data"]["notes"] == text
