"""Lists: their filters, and pages that stand still at one position while others append."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain.subjects import SubjectKey
from tests.api.http.apps import Site, site
from tests.ledgers import announce, list_model

CATALOGS = {"azure": "Mistral AI", "azure-openai": "OpenAI", "bedrock": None}
LISTS = {"/v1/models": "models", "/v1/catalog": "models", "/v1/upcoming": "upcoming"}


def key(catalog: str, number: int) -> SubjectKey:
    return SubjectKey(catalog, f"m{number}")


def listed(found: Site, catalog: str, number: int) -> None:
    """List a model that retires on a day of its own; every third differs by version."""
    name = f"M{number}"
    retired = f"2025-04-{1 + number % 28:02}"
    found.given(list_model(key(catalog, number), name=name, provider=CATALOGS[catalog]), announce(key(catalog, number), retired=retired))
    if number % 3 == 0:
        found.given(announce(key(catalog, number), retired="2025-01-10", scope={"version": "1"}))


@pytest.fixture(scope="module")
def full() -> Iterator[Site]:
    with site() as found:
        for number in range(10):
            for catalog in CATALOGS:
                listed(found, catalog, number)
        yield found


def told(row: Any) -> tuple[str, str]:
    return row["model"], json.dumps(row.get("scope", {}))


def walk(found: Site, path: str, limit: int, **asked: Any) -> Iterator[Any]:
    """Give every page, following the addresses in them."""
    page = found.get(path, limit=limit, **asked)
    while True:
        content = page.json()
        assert page.headers.get("link") == (f'<{content["next"]}>; rel="next"' if content["next"] else None)
        yield content
        if content["next"] is None:
            return
        page = found.get(content["next"])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_hold_each_row_once_in_one_order(full: Site, path: str, limit: int) -> None:
    whole = full.read(path, limit=500)
    assert whole["next"] is None
    rows = [row for page in walk(full, path, limit) for row in page[LISTS[path]]]
    assert rows == whole[LISTS[path]]
    assert len(rows) == len({told(row) for row in rows}) >= 30


@pytest.mark.parametrize("path", LISTS)
def test_pages_stand_still_while_others_append(path: str) -> None:
    with site() as found:
        for number in range(8):
            listed(found, "bedrock", number)
        before = found.read(path, limit=500)
        rows: list[Any] = []
        for number, page in enumerate(walk(found, path, 3)):
            assert page["position"] == before["position"]
            rows += page[LISTS[path]]
            listed(found, "azure", number)
            found.given(announce(key("bedrock", number % 8), retired="2025-03-01", announced_at="2025-01-01"))
            found.clock.advance(days=1)
        assert rows == before[LISTS[path]]
        assert found.read(path, limit=500)[LISTS[path]] != rows


def test_models_and_catalog_are_sorted_by_catalog_then_model(full: Site) -> None:
    models = [row["model"] for row in full.read("/v1/models", limit=500)["models"]]
    assert models == sorted(models, key=lambda text: text.split("/"))
    assert models.index("azure/m9") < models.index("azure-openai/m0")
    rows = full.read("/v1/catalog", limit=500)["models"]
    assert list(dict.fromkeys(row["model"] for row in rows)) == models


def test_what_comes_next_is_sorted_by_its_instant(full: Site) -> None:
    rows = full.read("/v1/upcoming", limit=500)["upcoming"]
    instants = [row["next"]["on"] for row in rows]
    assert instants == sorted(instants)


@pytest.mark.parametrize(
    ("path", "asked", "count"),
    [
        ("/v1/models", {}, 30),
        ("/v1/models", {"catalog": "azure"}, 10),
        ("/v1/models", {"catalog": "azur"}, 0),
        ("/v1/models", {"provider": "OpenAI"}, 10),
        ("/v1/models", {"provider": "OpenAI", "catalog": "azure"}, 0),
        ("/v1/models", {"q": "OPENAI/m3"}, 1),
        ("/v1/models", {"q": "nothing"}, 0),
        ("/v1/catalog", {"catalog": "azure"}, 14),
        ("/v1/catalog", {"catalog": "azure", "stage": "retired"}, 4),
        ("/v1/catalog", {"catalog": "azure", "stage": "retired", "valid_at": "2025-05-01"}, 14),
        ("/v1/catalog", {"catalog": "azure", "recorded_at": "@1"}, 1),
        ("/v1/catalog", {"known_at": "2024-01-01", "stage": "retired"}, 0),
        ("/v1/upcoming", {"catalog": "azure"}, 10),
        ("/v1/upcoming", {"catalog": "azure", "before": "2025-04-05"}, 5),
        ("/v1/upcoming", {"catalog": "azure", "valid_at": "2025-04-05"}, 5),
        ("/v1/upcoming", {"known_at": "2024-01-01"}, 0),
    ],
)
def test_filters_leave_out_the_others(full: Site, path: str, asked: dict[str, Any], count: int) -> None:
    rows = full.read(path, limit=500, **asked)[LISTS[path]]
    assert len(rows) == count
    assert [row for page in walk(full, path, 2, **asked) for row in page[LISTS[path]]] == rows


def test_a_row_of_the_catalog_is_the_answer_about_it(full: Site) -> None:
    for row in full.read("/v1/catalog", limit=500, valid_at="2025-04-05")["models"]:
        asked = {f"scope_{name}": value for name, value in row["scope"].items()}
        answer = full.read(f"/v1/models/{row['model']}/stage", valid_at="2025-04-05", **asked)
        assert row == {name: answer[name] for name in row}


def test_a_model_is_told_with_its_scopes_and_version(full: Site) -> None:
    found = full.get("/v1/models/azure/m3")
    row = found.json()
    assert (row["name"], row["provider"], row["version"], row["scopes"]) == ("M3", "Mistral AI", 3, [{}, {"version": "1"}])
    assert found.headers["etag"] == '"3"'
    assert row in full.read("/v1/models", limit=500)["models"]
    assert full.refused("/v1/models/azure/m33", 404)["type"] == "/problems/no-such-model"


def cursor_of(found: Site, path: str, **asked: Any) -> str:
    address = found.read(path, limit=3, **asked)["next"]
    return str(dict(part.split("=") for part in address.partition("?")[2].split("&"))["cursor"])


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_was_tampered_with_is_refused(full: Site, path: str) -> None:
    good = cursor_of(full, path)
    content = json.loads(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    changed = [good[:-1], good + "A", good + "=", good + "!", f"{good[:5]}~{good[5:]}", good.swapcase(), "", "null", "W10", "é", "A" * 3000]
    changed += [good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :] for place in range(len(good))]
    changed += [encoded([*content[:part], value, *content[part + 1 :]]) for part in range(len(content)) for value in HOSTILE]
    for cursor in set(changed) - {good}:
        assert full.refused(path, 422, limit=3, cursor=cursor)["type"] == "/problems/cursor-invalid", cursor
    assert full.read(path, limit=3, cursor=good)[LISTS[path]]


HOSTILE: tuple[Any, ...] = (None, 0, 1, -1, 2**70, 1.5, True, "", "2025-01-01", [], ["a"], ["a", "b"], [1, 2], {}, [[[]]])


def encoded(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def test_a_cursor_is_for_its_question_alone(full: Site) -> None:
    cursor = cursor_of(full, "/v1/catalog", catalog="azure")
    assert full.read("/v1/catalog", catalog="azure", cursor=cursor, limit=1)["models"], "another size of page is the same question"
    for path, asked in (("/v1/catalog", {}), ("/v1/catalog", {"catalog": "bedrock"}), ("/v1/upcoming", {"catalog": "azure"})):
        full.refused(path, 422, cursor=cursor, **asked)
    full.refused("/v1/catalog", 422, catalog="azure", stage="legacy", cursor=cursor)


@pytest.mark.parametrize("path", [*LISTS, "/v1/events", "/v1/models/azure/m1/history"])
@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "", "1.5", "1e2", " 5", "+5", "5_0", "99999999999999999999"])
def test_a_limit_is_a_number_in_its_bounds(full: Site, path: str, limit: str) -> None:
    assert full.refused(path, 422, limit=limit)["errors"][0]["loc"] == ["query", "limit"]
