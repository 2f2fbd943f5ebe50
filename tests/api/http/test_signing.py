"""Signing while the ledger is served: when enough was recorded, when enough time has passed, and never what was tampered with."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest

from api.http import signing as module
from api.http.app import create_app
from api.http.routes.health import _readiness
from api.http.service import Service
from api.http.settings import HttpSettings
from api.http.signing import signing
from api.proving.notaries import proving_of
from domain.ledger import Ledger
from domain.store.sqlite import SqliteStore
from domain.subjects import SubjectKey
from tests.domain.store.test_trees import aged
from tests.ledgers import list_model

SECONDS = 20
SOON = HttpSettings(checkpoint_entries=1)
NEVER = HttpSettings(checkpoint_entries=10**6, checkpoint_seconds=600_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def service(path: Path) -> Iterator[Service]:
    with closing(SqliteStore(path)) as store:
        found = Service(Ledger(store, "test"))
        found.__dict__["proving"] = proving_of(found.ledger, path)
        yield found


def served(service: Service, settings: HttpSettings, until: Callable[[], bool]) -> None:
    """Let it sign until something is so."""

    async def wait() -> None:
        async with signing(service, settings):
            while not until():
                service.refresh()
                await asyncio.sleep(0.01)

    with patch.object(module, "LOOK_SECONDS", 0.02):
        asyncio.run(asyncio.wait_for(wait(), SECONDS))


def after(looks: int) -> Callable[[], bool]:
    """Be so after so many looks."""
    counted = count()
    return lambda: next(counted) >= looks


def test_enough_entries_are_signed_at_once(service: Service) -> None:
    service.ledger.execute(list_model())
    served(service, SOON, lambda: service.checkpoint is not None)
    assert service.checkpoint
    assert service.checkpoint.size == service.ledger.store.head().position


def test_few_entries_are_signed_after_a_while(service: Service) -> None:
    service.ledger.execute(list_model())
    served(service, HttpSettings(checkpoint_seconds=0.1), lambda: service.checkpoint is not None)
    assert service.proving.last() == service.checkpoint


def test_until_then_nothing_is_signed_and_what_another_process_signed_is_seen(service: Service, path: Path) -> None:
    service.ledger.execute(list_model())
    served(service, NEVER, after(20))
    assert service.proving.last() is None
    with closing(SqliteStore(path)) as other:
        made = proving_of(Ledger(other, "other"), path).checkpoint()
    served(service, NEVER, lambda: service.checkpoint is not None)
    assert service.checkpoint == made


def test_an_empty_ledger_is_left_alone(service: Service) -> None:
    served(service, SOON, after(20))
    assert (service.checkpoint, service.unsigned) == (None, "")


def test_what_was_tampered_with_is_not_signed_and_the_service_is_not_ready(service: Service, path: Path) -> None:
    service.ledger.execute(list_model())
    served(service, SOON, lambda: service.checkpoint is not None)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER ledger_nodes_no_update")
        connection.execute("UPDATE ledger_nodes SET hashes = zeroblob(length(hashes)) WHERE position = 1")
        connection.commit()
    service.ledger.execute(list_model(SubjectKey("azure", "another")))
    served(service, SOON, lambda: bool(service.unsigned))
    create_app(service, SOON)
    found = _readiness(service)
    assert not found.ready
    assert found.reasons[0].startswith("Nothing is signed: Checkpoint 1, of 1 entries, does not agree with the ledger")


def test_an_older_ledger_is_served_unsigned(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        Ledger(store, "test").execute(list_model())
    aged(path)
    with closing(SqliteStore(path, read_only=True)) as store:
        service = Service(Ledger(store, "test"))
        service.__dict__["proving"] = proving_of(service.ledger, path)
        served(service, SOON, after(20))
        assert (service.checkpoint, service.unsigned) == (None, "")
