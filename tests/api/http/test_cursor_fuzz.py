"""Cursors that somebody made up: refused, or read as what a page could have given; never a failure."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from api.http.cursors import Cursor, _digest, read_cursor
from api.http.problems import CursorInvalid
from api.http.queries import POSITION_MAX
from tests.api.http.apps import Site

REQUEST = Request({"type": "http", "method": "GET", "path": "/v1/models", "query_string": b"limit=2", "headers": []})
SHAPES: tuple[Sequence[type], ...] = ((), (int,), (str,), (str, str), (str,) * 3, (str,) * 4, (int, int, str, str))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8)
LISTS: dict[str, Sequence[type]] = {
    "/v1/models": (str, str),
    "/v1/models/azure/mistral-large/history": (int,),
    "/v1/catalog": (str,) * 3,
    "/v1/upcoming": (str,) * 4,
    "/v1/notices": (int,),
    "/v1/notices/audit": (int, int, str, str),
    "/v1/subscriptions": (str,),
}


def forged(content: Sequence[Any], request: Request = REQUEST) -> str:
    """Write a cursor as the service would: its digest is no secret."""
    told = json.dumps([*content, _digest(request, content)], separators=(",", ":"))
    return urlsafe_b64encode(told.encode()).decode().rstrip("=")


@given(st.text(max_size=300), st.sampled_from(SHAPES))
def test_any_text_is_refused(text: str, shape: Sequence[type]) -> None:
    with pytest.raises(CursorInvalid):
        read_cursor(REQUEST, text, shape)


@given(st.lists(VALUES, max_size=6), st.sampled_from(SHAPES))
def test_any_content_is_refused_or_has_its_shape(content: list[Any], shape: Sequence[type]) -> None:
    try:
        found = read_cursor(REQUEST, forged(content), shape)
    except CursorInvalid:
        return
    assert isinstance(found, Cursor)
    assert 0 <= found.position <= POSITION_MAX
    assert [type(part) for part in found.after] == list(shape)


@pytest.mark.parametrize("path", LISTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_list_fails_at_a_made_up_place(mistral: Site, path: str, data: st.DataObject) -> None:
    request = Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []})
    shape = LISTS[path]
    numbers = st.integers(-(2**70), 2**70) | st.integers(-3, 3)
    after = [data.draw(numbers if kind is int else st.text(max_size=20)) for kind in shape]
    instants = st.sampled_from([None, "2025-01-20T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
    position = data.draw(st.integers(0, 3) | st.sampled_from([POSITION_MAX, 2**40]))
    text = forged([position, after, data.draw(instants), data.draw(instants)], request)
    response = mistral.client.get(path, params={"cursor": text})
    assert response.status_code in {200, 422}, response.text[:300]
