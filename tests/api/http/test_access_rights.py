"""Every operation, asked for with each scope and with none: the rights table is what decides, for each route that there is."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.types import Receive, Scope, Send

from api.access.operations import Operation, Operations, operations_of
from api.access.rights import OPERATIONS, PAGES, PUBLIC, STREAMS
from api.access.scopes import AccessScope
from api.http import openapi
from domain import streams
from domain.subjects import SubjectKey
from tests.api.access.guarded import Guarded, guarded
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, problem, site
from tests.api.http.asgi import ask

with site() as plain:
    ALL = operations_of(plain.app.routes)
VALUES = {"catalog": "azure", "model": "mistral-large", "run": "1", "position": "1"}
QUERIES = {"/v1/models/{catalog}/{model}/access": "?operation=invoke&check=true"}
KEY = SubjectKey("azure", "mistral-large")
ENTRY_PAGE = "/ledger/entries/{position}"
BY_STREAM = {"/v1/events/{position}", ENTRY_PAGE}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One service for all of it, with the worked example; its streams end at once."""
    with guarded(tmp_path_factory.mktemp("rights")) as found:
        admin = found.key("admin", "admin")
        found.site.post("/v1/models", LISTING, headers=admin)
        found.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, headers=admin)
        found.site.service.end()
        yield found


@pytest.fixture(scope="module")
def keys(service: Guarded) -> dict[AccessScope, dict[str, str]]:
    return {scope: service.key(f"{scope}-only", scope) for scope in AccessScope}


def address(path: str) -> str:
    query = QUERIES.get(path, "")
    return re.sub(r"\{([a-z]+)(:path)?\}", lambda found: VALUES.get(found[1], "x"), path) + query


def named(operation: Operation) -> str:
    return f"{'/'.join(sorted(operation.methods)) or 'ANY'} {operation.path}"


def asked(service: Guarded, operation: Operation, headers: dict[str, str]) -> Response:
    method = "GET" if not operation.methods or "GET" in operation.methods else min(operation.methods)
    return service.site.client.request(method, address(operation.path), headers=headers)


def told_to(operation: Operation) -> Collection[AccessScope]:
    """Whom it answers: an entry of the log, whoever may read the stream of the first one, which is a model's."""
    assert operation.needed is not None
    return operation.needed & STREAMS[streams.MODELS] if operation.path in BY_STREAM else operation.needed


@pytest.mark.parametrize("operation", ALL, ids=map(named, ALL))
def test_an_operation_asks_for_its_scopes(service: Guarded, keys: dict[AccessScope, dict[str, str]], operation: Operation) -> None:
    assert operation.needed is not None, "it has no row in api/access/rights.py"
    unknown = asked(service, operation, {})
    if operation.needed == PUBLIC:
        assert unknown.status_code not in {401, 403}
        return
    assert problem(unknown)["type"] == "/problems/not-authenticated"
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"].startswith("Bearer ")
    for scope, headers in keys.items():
        answered = asked(service, operation, headers)
        if scope in told_to(operation) or scope is AccessScope.ADMIN:
            assert answered.status_code != 401, scope
            assert answered.status_code != 403 or problem(answered)["type"] != "/problems/scope-insufficient", scope
        elif operation.path == ENTRY_PAGE and scope in operation.needed:
            assert answered.status_code == 403, scope
            assert "read" in answered.text
        else:
            told = problem(answered)
            assert (answered.status_code, told["type"]) == (403, "/problems/scope-insufficient"), scope
            assert told["scopes"] == sorted(told_to(operation) if scope in operation.needed else operation.needed)
            assert all(each in told["detail"] for each in told["scopes"])


def test_the_table_has_no_row_without_a_route() -> None:
    ids = {getattr(operation.route, "operation_id", None) for operation in ALL}
    assert OPERATIONS.keys() <= ids
    assert PAGES.keys() <= {operation.path for operation in ALL}


def test_a_route_without_a_row_is_refused_to_everybody(tmp_path: Path) -> None:
    with guarded(tmp_path) as found:
        admin = found.key("admin", "admin")

        async def forgotten() -> str:
            return "told"

        found.site.app.add_api_route("/v1/forgotten", forgotten, operation_id="forgotten")
        assert any(operation.needed is None for operation in operations_of(found.site.app.routes))
        assert found.site.client.get("/v1/forgotten", headers=admin).status_code == 403


def test_the_guard_finds_the_route_that_the_router_takes() -> None:
    """They must not differ on any path, or one would be judged by the row of another."""
    taken: dict[str, Any] = {}
    with site() as found:
        found.service.end()

        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            await found.app(scope, receive, send)
            taken[scope["path"]] = scope.get("endpoint")

        operations = Operations(found.app.routes)
        odd = [
            "/v1/models/events/stream",
            "/v1/events/stream/",
            "/v1/notices/audit\n",
            "/nothing",
            "/v1/commands/a/b",
            "/v1/notices//proof",
        ]
        for path in [address(operation.path).partition("?")[0] for operation in ALL] + odd:
            status, expected = ask(noted, "GET", path).status, operations.of("GET", path)
            if expected is None:
                assert status in {307, 404, 405}, path
            else:
                assert taken[path] in {getattr(expected.route, "endpoint", None), getattr(expected.route, "app", None)}, path


def test_every_kind_of_stream_has_a_row() -> None:
    kinds = [
        streams.model_stream(KEY),
        streams.policy_stream("azure"),
        streams.source_stream("azure", "page"),
        streams.subscription_stream("s"),
        streams.person_stream("p"),
        streams.notice_stream(KEY, 1),
    ]
    assert [sum(kind.startswith(prefix) for prefix in STREAMS) for kind in kinds] == [1] * len(kinds)
    assert len(STREAMS) == len(kinds)


def test_the_description_says_what_each_operation_asks_for() -> None:
    with site() as found:
        schema = found.app.openapi()
    assert schema["components"]["securitySchemes"].keys() == {"bearer", "key"}
    for operation in openapi.operations(schema):
        needed = OPERATIONS[operation["operationId"]]
        told = {scope for alternative in operation["security"] for scopes in alternative.values() for scope in scopes}
        assert told == set(needed)
        assert ({"401", "403"} <= operation["responses"].keys()) == (needed != PUBLIC)
