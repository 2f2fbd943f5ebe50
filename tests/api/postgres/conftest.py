"""The tests of the HTTP API once more, on a ledger in PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

from domain.clock import Clock
from domain.store.contract import Store
from domain.store.postgres.store import PostgresStore
from domain.store.sqlite import SqliteStore
from tests.api.http import apps
from tests.api.http.conftest import empty, mistral, still
from tests.servers.postgres import server

__all__ = ["empty", "mistral", "still"]


@pytest.fixture(scope="module", autouse=True)
def on_postgresql() -> Iterator[None]:
    """Let sites keep their ledgers in databases of their own."""
    with ExitStack() as left:

        def store(path: Path | str, clock: Clock) -> Store:
            if path != ":memory:":
                return SqliteStore(path, clock)  # It is about the file.
            made = PostgresStore(server().url(left.enter_context(server().fresh())), clock)
            left.callback(made.close)
            return made

        with patch.object(apps, "SqliteStore", store):
            yield
