"""The lists of answers, read page by page and held against the answers about each model."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.api.http.apps import problem
from tests.api.http.conversation import ASKED, Conversation
from tests.api.http.heard import JSON
from tests.api.http.judge import Clocks


def check_lists(talk: Conversation, clocks: Clocks, limit: int) -> int:
    """Read the catalog and what comes next, compare them with every model's answer, and return how many rows there were."""
    if talk.judge.asks_the_future(clocks):
        for path in ("/v1/catalog", "/v1/upcoming"):
            assert problem(talk.get(path, clocks))["type"] == "/problems/asks-the-future"
        return 0
    point, rows = _pages(talk, "/v1/catalog", "models", {**clocks, "limit": limit})
    assert rows == list(_answers(talk, {name: point[name] for name in ("valid_at", "known_at")}, point["position"]))
    _, coming = _pages(talk, "/v1/upcoming", "upcoming", {**clocks, "limit": limit})
    names = ("model", "scope", "stage", "next", "replacements")
    assert _as_set(coming) == _as_set([{name: row[name] for name in names} for row in rows if row["next"]])
    instants = [row["next"].get("on") or row["next"]["not_before"] for row in coming]
    assert instants == sorted(instants)
    return len(rows)


def _pages(talk: Conversation, path: str, name: str, asked: Mapping[str, Any]) -> tuple[JSON, list[JSON]]:
    """Read all pages: they are of one point, none but the last is short, and none is empty but a first one."""
    page = talk.get(path, asked).json()
    point, rows = {clock: page[clock] for clock in ("valid_at", "known_at", "position")}, list(page[name])
    while page["next"]:
        assert len(page[name]) == asked["limit"]
        page = talk.get(page["next"]).json()
        assert {clock: page[clock] for clock in point} == point
        assert page[name]
        rows += page[name]
    return point, rows


def _answers(talk: Conversation, clocks: Clocks, position: int) -> Iterator[JSON]:
    """Give the rows that the answers about the models make: the whole, unless only parts of it were known, and each part."""
    for catalog, name in talk.log.models():
        model = f"{catalog}/{name}"
        if talk.log.positions(model)[0] > position:
            continue
        told = talk.ask_stage(model, {}, {**clocks, "recorded_at": f"@{position}"})
        parts = [{"model": model, **narrower} for narrower in told["by_scope"]]
        whole = {field: told[field] for field in told if field not in ASKED - {"model", "scope"} and field != "by_scope"}
        yield from parts if parts and told["status"] == "not_known" else [whole, *parts]


def _as_set(rows: list[JSON]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)
