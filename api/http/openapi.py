"""The API's description: what FastAPI finds, made exact where the code asks for more, with links from answers to what they name.

`python -m api.http.openapi` writes it to `api/openapi.json`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.access.rights import OPERATIONS, Needed
from api.http.openapi_links import LINKS

JSON = dict[str, Any]

PATH = Path(__file__).parents[1] / "openapi.json"

_HEADERS: Mapping[str, JSON] = {
    "idempotency-key": {
        "name": "Idempotency-Key",
        "required": True,
        "schema": {"type": "string", "pattern": "^(?!tick:|audience:|close:|read:)[!-~]{1,255}$"},
        "example": "5f1c4f3e-6a0b-4a53-9a43-0c8e1f3f3d55",
    },
    "if-match": {"name": "If-Match", "schema": {"type": "string", "pattern": '^"[0-9]{1,15}"$'}, "example": '"7"'},
    "last-event-id": {"name": "Last-Event-ID", "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}, "example": "57"},
}
_CATALOG = "^[a-z0-9][a-z0-9._-]{0,63}$"
_SUBSCRIPTION = "^[a-z0-9][a-z0-9._-]{0,99}$"
_PATHS: Mapping[str, JSON] = {
    "catalog": {"schema": {"type": "string", "pattern": _CATALOG}, "example": "azure"},
    "model": {"schema": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "^[^/]+$"}, "example": "mistral-large"},
    "key": {
        "description": "The key that the command was sent under.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 1000},
        "example": "5f1c4f3e-6a0b-4a53-9a43-0c8e1f3f3d55",
    },
    "position": {"description": "The position of the entry.", "example": 1},
    "subscription": {"schema": {"type": "string", "pattern": _SUBSCRIPTION}, "example": "6f1c3a52-0000-4000-8000-000000000001"},
    "deployment": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}, "example": "chat"},
    "webhook": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"}, "example": "whk-9sD2kLm4Qp7x"},
    "person": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"}, "example": "Zk3vQ0p8R_tXw-1a"},
    "run": {"description": "The run: the position at which it was opened.", "example": 8},
    "token": {"schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,300}$"}, "example": "WzgsMV0.aR8x.k3"},
}
_SCHEMES: Mapping[str, JSON] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or an access token of the identity provider that is set. Without keys and provider nobody is asked.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}
_NOT_SERVED: JSON = {
    "description": "There is nothing at this path: a slash within a name, written as %2F, makes it another one.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"const": 404},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
    "additionalProperties": False,
}


def install(app: FastAPI) -> None:
    """Make an application describe itself exactly. Its problems are installed before."""
    found: Callable[[], JSON] = app.openapi

    def described() -> JSON:
        if app.openapi_schema is None:
            app.openapi_schema = exact(found())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the framework's own way to change it


def exact(schema: JSON) -> JSON:
    """Make a description exact."""
    for operation in operations(schema):
        for parameter in operation.get("parameters", ()):
            _describe(parameter)
        for response in operation["responses"].values():
            _give_example(response.get("content", {}).get("application/problem+json", {}), schema)
        if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
            _describe_not_served(operation["responses"])
        operation["security"] = _security(OPERATIONS[operation["operationId"]])
        links = LINKS.get(operation["operationId"])
        if links:
            operation["responses"]["201"]["links"] = links
    schema["components"]["schemas"]["NotServed"] = _NOT_SERVED
    schema["components"]["securitySchemes"] = _SCHEMES
    return schema


def _security(needed: Needed) -> list[JSON]:
    """Write what an operation asks for: one of its scopes, by one of the ways to send a credential; or nothing."""
    asked: list[JSON] = [{scheme: [scope]} for scope in sorted(needed) for scheme in _SCHEMES]
    return [*asked, {}] if asked else []


def _describe_not_served(responses: JSON) -> None:
    """Say that a path with a name in it may lead to nothing, beside what the operation itself does not find."""
    not_served = {"$ref": "#/components/schemas/NotServed"}
    found = responses.setdefault("404", {"description": "There is nothing at this path.", "content": {"application/problem+json": {}}})
    content = found["content"].setdefault("application/problem+json", {})
    if "schema" in content:
        content["schema"] = {"oneOf": [content["schema"], not_served]}
    else:
        content |= {"schema": not_served, "example": {"type": "about:blank", "title": "Not Found", "status": 404}}


def operations(schema: JSON) -> Iterator[JSON]:
    """Give all operations."""
    for item in schema["paths"].values():
        yield from item.values()


def _describe(parameter: JSON) -> None:
    known = _HEADERS if parameter["in"] == "header" else _PATHS if parameter["in"] == "path" else {}
    parameter.update(known.get(parameter["name"], {}))
    inner = parameter["schema"]
    examples = inner.pop("examples", None)
    inner.pop("description", None)
    if examples and "example" not in parameter and "examples" not in parameter:
        parameter["example"] = examples[0]


def _give_example(content: JSON, schema: JSON) -> None:
    """Show a problem that is the only one of its status; the framework shows those of which there are several."""
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if not name or "examples" in content:
        return
    members = schema["components"]["schemas"][name]["properties"]
    content["example"] = {member: _sample(shape) for member, shape in members.items() if member not in {"detail", "instance"}}


def _sample(shape: JSON) -> Any:  # noqa: ANN401  # whatever the member is
    if "default" in shape:
        return shape["default"]
    return {"integer": 57, "array": [], "object": {}}.get(shape.get("type", ""), "azure/mistral-large")


def document() -> str:
    """Write the description of the whole API."""
    from api.http.app import create_app  # noqa: PLC0415  # the application describes itself by this module
    from api.http.service import Service  # noqa: PLC0415
    from api.http.settings import HttpSettings  # noqa: PLC0415
    from domain.ledger import Ledger  # noqa: PLC0415
    from domain.store.sqlite import SqliteStore  # noqa: PLC0415

    store = SqliteStore(":memory:")
    try:
        app = create_app(Service(Ledger(store, "nobody")), HttpSettings())
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    finally:
        store.close()


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
