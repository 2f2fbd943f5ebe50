"""What browsers are told: with every answer, whoever gives it, and once."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256

import pytest
from fastapi import FastAPI

from api.http import problems
from api.http.metrics import Metrics
from api.http.middleware import stack
from api.http.service import Service
from api.http.settings import HttpSettings
from tests.api.http.apps import MISTRAL, Site, site
from tests.api.http.asgi import ask
from tests.api.http.told import audience_recorded
from tests.ledgers import HandClock, ledger_in_memory

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NOTHING = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
HANDLER = re.compile(r"<[^>]+\son\w+\s*=|javascript:", re.IGNORECASE)

ANSWERS = [
    ("GET", f"{MISTRAL}/stage", 200),
    ("GET", f"{MISTRAL}/access?operation=invoke&check=true", 204),
    ("GET", "/v1/models/azure/nobody/stage", 404),
    ("GET", f"{MISTRAL}/stage?valid_at=never", 422),
    ("HEAD", f"{MISTRAL}/stage", 200),
    ("GET", "/nowhere", 404),
    ("DELETE", f"{MISTRAL}/stage", 405),
    ("POST", "/v1/models", 422),
    ("GET", "/v1/notices", 200),
    ("GET", "/v1/notices/audit?format=csv", 200),
    ("GET", "/v1/subscriptions", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/metrics", 200),
    ("GET", "/healthz", 200),
    ("GET", "/docs", 200),
    ("GET", "/redoc", 200),
    ("GET", "/static-offline-docs/swagger-ui.css", 200),
    ("GET", "/problems/no-such-model", 200),
    ("GET", "/notices/acknowledge/nothing", 404),
]
PERSONAL = ("/v1/notices", "/v1/notices/audit", "/v1/notices/audit?format=csv", "/v1/notices/6", "/v1/subscriptions", "/v1/notices/77")


def policy(headers: Mapping[str, str]) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_each_of_them_once(still: Site, method: str, path: str, status: int) -> None:
    response = still.client.request(method, path, json={} if method == "POST" else None)
    assert response.status_code == status
    names = [name for name, _ in response.headers.multi_items()]
    assert {name: response.headers[name] for name in ALWAYS} == ALWAYS
    assert {name: names.count(name) for name in (*ALWAYS, "content-security-policy")} == dict.fromkeys(
        (*ALWAYS, "content-security-policy"), 1
    )
    assert policy(response.headers).keys() >= NOTHING.keys()
    assert policy(response.headers)["frame-ancestors"] == "'none'"
    assert "strict-transport-security" not in names


def test_a_failure_of_ours_and_a_refusal_on_the_way_have_them_too() -> None:
    with ledger_in_memory(HandClock()) as ledger:
        app = application(Service(ledger), max_body_bytes=1024, requests_waiting_max=1)

        @app.get("/broken")
        async def broken() -> None:
            raise ZeroDivisionError

        failed, refused = ask(app, "GET", "/broken"), ask(app, "POST", "/broken", chunks=[b"x" * 2000], headers={"content-length": "2000"})
    assert (failed.status, refused.status) == (500, 413)
    for answer in (failed, refused):
        assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
        assert policy(answer.headers) == NOTHING


def test_a_stream_has_them_before_its_first_event(empty: Site) -> None:
    empty.service.end()
    answer = empty.client.get("/v1/events/stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_of_the_api_run_the_scripts_that_they_came_with_and_no_other(still: Site, path: str) -> None:
    page = still.client.get(path)
    scripts = policy(page.headers)["script-src"].split()
    inline = [f"'sha256-{b64encode(sha256(found.encode()).digest()).decode()}'" for found in SCRIPT.findall(page.text)]
    assert scripts == ["'self'", *inline]
    assert not HANDLER.search(page.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith("/static-offline-docs/")
        assert still.client.get(address).status_code == 200


def test_no_page_lets_an_inline_script_run(still: Site) -> None:
    for method, path, _ in ANSWERS:
        told = policy(still.client.request(method, path).headers)
        scripts = told.get("script-src", told["default-src"])
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:"} & set(scripts.split()), path


@pytest.mark.parametrize("path", PERSONAL)
def test_nobody_keeps_what_is_about_persons(told: Site, path: str) -> None:
    response = told.client.get(path)
    assert [value for name, value in response.headers.multi_items() if name == "cache-control"] == ["no-store"]


@pytest.fixture(scope="module")
def told() -> Iterator[Site]:
    with site() as found:
        audience_recorded(found)
        yield found


def test_what_is_about_models_is_kept_as_before(still: Site) -> None:
    assert still.client.get(f"{MISTRAL}/stage").headers["cache-control"] == "no-cache"


def test_browsers_are_told_to_use_tls_only_where_it_is_said_to_be_there() -> None:
    with ledger_in_memory(HandClock()) as ledger:
        app = application(Service(ledger), hsts_seconds=86_400)
        assert ask(app, "GET", "/nowhere").headers["strict-transport-security"] == "max-age=86400"


async def short() -> dict[str, bool]:
    return {"short": True}


def application(service: Service, **settings: int) -> FastAPI:
    app = FastAPI(openapi_url=None)
    problems.install(app)
    app.add_api_route("/short", short)
    stack.install(app, service, app.routes[0], Metrics(service), HttpSettings(**settings))  # type: ignore[arg-type]
    return app
