"""Badges."""

from xml.etree import ElementTree as ET

import pytest

from tests.api.http.apps import site


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("azure/mistral-large.svg?valid_at=2025-01-20", 200, "azure/mistral-large: deprecated until 15 April 2025"),
        ("azure/mistral-large.svg?valid_at=2025-04-15", 200, "azure/mistral-large: retired"),
        ("azure/mistral-large.svg?known_at=2020-01-01", 200, "azure/mistral-large: not known then"),
        ("azure/mistral-large@2407.svg?valid_at=2025-01-20", 200, "azure/mistral-large@2407: deprecated until 15 April 2025"),
        ("azure/nothing.svg", 404, "azure/nothing: no such model"),
    ],
)
def test_a_badge_says_what_the_stage_is(path: str, status: int, words: str) -> None:
    with site() as own:
        own.list_and_announce()
        answer = own.get(f"/badges/{path}", status)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["cache-control"] == "public, max-age=300"
        title = ET.fromstring(answer.text).find("{http://www.w3.org/2000/svg}title")
        assert title is not None
        assert title.text == words


def test_a_badge_is_sent_once() -> None:
    with site() as own:
        own.list_and_announce()
        tag = own.get("/badges/azure/mistral-large.svg").headers["etag"]
        assert own.client.get("/badges/azure/mistral-large.svg", headers={"If-None-Match": tag}).status_code == 304
        assert own.client.get("/badges/azure/mistral-large.svg?what=ever").status_code == 422
