"""The API's description: committed, complete, and told by pages that load nothing from elsewhere."""

import json
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api.http import openapi
from api.version import VERSION
from tests.api.http.apps import Site

ROOT = Path(__file__).parents[3]
SCHEMA: dict[str, Any] = json.loads(openapi.PATH.read_text(encoding="utf-8"))
OPERATIONS = {operation["operationId"]: operation for operation in openapi.operations(SCHEMA)}


def test_the_committed_description_is_the_present_one(still: Site) -> None:
    told = still.get("/openapi.json").json()
    assert told == SCHEMA, "run: python -m api.http.openapi"


def test_it_is_written_the_same_everywhere() -> None:
    program = "from api.http.openapi import document; import sys; sys.stdout.buffer.write(document().encode())"
    for seed in ("0", "1"):
        written = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        assert written.stdout == openapi.PATH.read_bytes()


def test_its_version_is_that_of_the_package(still: Site) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert VERSION == SCHEMA["info"]["version"] == still.read("/version")["version"] == declared


def test_operations_are_named_once() -> None:
    named = [operation["operationId"] for operation in openapi.operations(SCHEMA)]
    assert len(named) == len(set(named)) == len(OPERATIONS)
    methods = {method for item in SCHEMA["paths"].values() for method in item}
    assert methods == {"get", "post", "delete"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_described(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    responses = operation["responses"]
    kinds = [kind for response in responses.values() for kind in response.get("content", {})]
    assert "application/problem+json" in kinds
    for status, response in responses.items():
        assert response["description"], status


@pytest.mark.parametrize("name", OPERATIONS)
def test_its_parameters_and_body_have_examples(name: str) -> None:
    operation = OPERATIONS[name]
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter["name"]
        kind = parameter["schema"]
        if parameter["name"] == "cursor":
            continue  # it is only ever what a page gave
        assert "example" in parameter or "examples" in parameter or "enum" in kind or kind.get("type") == "boolean", parameter["name"]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert SCHEMA["components"]["schemas"][body]["examples"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_its_problems_have_examples(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        content = response.get("content", {}).get("application/problem+json")
        if content is None:
            continue
        examples = [found["value"] for found in content.get("examples", {}).values()] or [content["example"]]
        for example in examples:
            assert str(example["status"]) == status
            assert example["type"].startswith("/problems/") or (status, example["type"]) == ("404", "about:blank")


@pytest.mark.parametrize("name", OPERATIONS)
def test_its_links_lead_to_operations(name: str) -> None:
    links = [link for response in OPERATIONS[name]["responses"].values() for link in response.get("links", {}).values()]
    for link in links:
        linked = OPERATIONS[link["operationId"]]
        assert link["parameters"].keys() <= {parameter["name"] for parameter in linked["parameters"]}
    assert bool(links) == ("201" in OPERATIONS[name]["responses"])


class References(HTMLParser):
    """What a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.found += [value for name in ("src", "href", "spec-url") if (value := named.get(name)) and tag != "a"]


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_loads_nothing_from_elsewhere(still: Site, page: str) -> None:
    response = still.get(page)
    references = References()
    references.feed(response.text)
    assert references.found
    for reference in references.found:
        assert reference.startswith("/"), reference
        assert not reference.startswith("//"), reference
        assert still.get(reference).content
    assert "//fonts." not in response.text
    assert "cdn" not in response.text
