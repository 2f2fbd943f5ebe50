"""The application over a ledger in memory, under a clock that is set by hand; asked through the whole stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.service import Service
from api.http.settings import HttpSettings
from domain.commands import AnyCommand
from domain.ledger import Ledger
from domain.receipts import Receipt
from domain.store.sqlite import SqliteStore
from tests.ledgers import HandClock

WAIT_SECONDS = 0.05
MISTRAL = "/v1/models/azure/mistral-large"
SOURCE = {"name": "page"}
LISTING = {"catalog": "azure", "model": "mistral-large", "name": "Mistral-large", "announced_at": "2024-11-22", "source": SOURCE}
ANNOUNCEMENT = {
    "announced_at": "2024-11-22",
    "legacy": {"on": "2024-12-15"},
    "deprecated": {"on": "2025-01-15"},
    "retired": {"on": "2025-04-15"},
    "replacements": ["azure/mistral-large-2407"],
    "source": SOURCE,
}

Parameters = dict[str, Any]


@dataclass
class Site:
    """A service and a client of it."""

    ledger: Ledger
    clock: HandClock
    service: Service
    app: FastAPI
    client: TestClient
    keys: Iterator[int]

    def given(self, *commands: AnyCommand) -> Receipt:
        """Carry commands out past HTTP, as another process would."""
        return [self.ledger.execute(command) for command in commands][-1]

    def get(self, path: str, status: int = 200, headers: dict[str, str] | None = None, **parameters: Any) -> Response:
        """Ask; `scope_version` stands for `scope.version`."""
        asked = {name.replace("scope_", "scope."): value for name, value in parameters.items()}
        return told(self.client.get(path, params=asked or None, headers=headers), status)

    def read(self, path: str, **parameters: Any) -> Any:
        """Ask, and return the content."""
        return self.get(path, **parameters).json()

    def refused(self, path: str, status: int, **parameters: Any) -> Any:
        """Ask what is refused, and return the problem."""
        return problem(self.get(path, status, **parameters))

    def post(self, path: str, body: Any, status: int = 201, key: str | None = None, headers: dict[str, str] | None = None) -> Response:
        """Send a command, under a key of its own unless one is given."""
        sent = {"Idempotency-Key": key or f"key-{next(self.keys)}", **(headers or {})}
        return told(self.client.post(path, json=body, headers=sent), status)

    def list_and_announce(self) -> None:
        """Record the worked example."""
        self.post("/v1/models", LISTING)
        self.post(f"{MISTRAL}/announcements", ANNOUNCEMENT)


def told(response: Response, status: int) -> Response:
    assert response.status_code == status, response.text[:500]
    return response


def problem(response: Response) -> Any:
    """Return a problem document, after a look at what all have in common."""
    content = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status"} <= content.keys()
    assert content["status"] == response.status_code
    return content


@contextmanager
def site(path: Path | str = ":memory:", *, clock: HandClock | None = None, raising: bool = True) -> Iterator[Site]:
    """Serve a ledger; with `raising`, an error that is no answer fails the test."""
    clock = clock or HandClock()
    store = SqliteStore(path, clock)
    try:
        ledger = Ledger(store, "tester", clock)
        service = Service(ledger, wait_seconds=WAIT_SECONDS)
        app = create_app(service, HttpSettings())
        with TestClient(app, raise_server_exceptions=raising) as client:
            yield Site(ledger, clock, service, app, client, count(1))
    finally:
        store.close()
