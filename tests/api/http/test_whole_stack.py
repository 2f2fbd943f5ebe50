"""HEAD and compression through the whole stack, on every question."""

import gzip
from typing import Any

import pytest

from tests.api.http.apps import MISTRAL, Site
from tests.api.http.asgi import ask
from tests.api.http.test_conditional import READS


@pytest.mark.parametrize("path", [*READS, "/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/problems/no-such-model", "/nope"])
def test_head_is_get_without_its_body(still: Site, path: str) -> None:
    asked = READS.get(path)
    headers = {"Accept-Encoding": "identity"}
    got = still.client.get(path, params=asked or None, headers=headers)
    head = still.client.head(path, params=asked or None, headers=headers)
    assert (head.status_code, head.content) == (got.status_code, b"")
    told, expected = ({name: value for name, value in found.headers.items() if name != "x-request-id"} for found in (head, got))
    assert told == expected
    assert int(head.headers["content-length"]) == len(got.content)


def test_head_takes_conditions(still: Site) -> None:
    tag = still.client.head(f"{MISTRAL}/stage").headers["etag"]
    assert still.client.head(f"{MISTRAL}/stage", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", [f"{MISTRAL}/stage", f"{MISTRAL}/explain", "/v1/catalog", "/v1/events", "/openapi.json"])
def test_a_long_answer_is_compressed_for_who_takes_it(still: Site, path: str) -> None:
    query = b"valid_at=2025-01-20&known_at=2025-01-20" if path.startswith((MISTRAL, "/v1/catalog")) else b""
    plain = ask(still.app, "GET", path, query=query)
    packed = ask(still.app, "GET", path, query=query, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Accept-Encoding" in packed.headers["vary"] == plain.headers["vary"]
    assert packed.headers.get("etag") == plain.headers.get("etag")


def test_a_batch_is_compressed_as_it_is_streamed(still: Site) -> None:
    body = b'{"questions": [' + b",".join([b'{"model": "azure/mistral-large", "valid_at": "2025-01-20"}'] * 200) + b"]}"
    headers = {"Content-Type": "application/json"}
    plain = ask(still.app, "POST", "/v1/stages:batch", headers=headers, chunks=[body])
    packed = ask(still.app, "POST", "/v1/stages:batch", headers={**headers, "Accept-Encoding": "gzip"}, chunks=[body])
    assert gzip.decompress(packed.body) == plain.body
    assert len(plain.body.splitlines()) == 200


@pytest.mark.parametrize("name", ["last-event-id", "x-unknown", "idempotency-key"])
def test_headers_that_say_nothing_here_change_nothing(still: Site, name: str) -> None:
    asked: dict[str, Any] = {"valid_at": "2025-01-20", "known_at": "2025-01-20"}
    plain = still.get(f"{MISTRAL}/stage", **asked)
    assert still.get(f"{MISTRAL}/stage", headers={name: "\x7f'\""}, **asked).content == plain.content
