"""Verifying the file while it is served."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.http.routes.health import _readiness
from api.http.service import Service
from api.http.verifying import Verifications, verifying
from domain.ledger import Ledger
from domain.store.sqlite import SqliteStore
from domain.subjects import SubjectKey
from domain.verification.verdicts import Verdict
from tests.api.http.apps import Site, site
from tests.api.pages.html import Read
from tests.ledgers import list_model

SECONDS = 60
ADDRESS = "/v1/ledger/verification"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with closing(SqliteStore(path)) as store:
        Ledger(store, "test").execute(list_model(SubjectKey("azure", "m")))
    return path


def alter(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE stored_events SET state = replace(state, 'm', 'x')")
        for _, statement in guards:
            connection.execute(statement)
        connection.commit()


def verified(found: Verifications) -> None:
    """Let it verify once."""

    async def once() -> None:
        found.begin()
        begun = found.began_at
        found.begin()
        assert found.began_at == begun is not None, "a second one beside the first"
        await found.ended()
        assert found.began_at is None

    asyncio.run(asyncio.wait_for(once(), SECONDS))


def change_nothing(_: Path) -> None:
    pass


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("change", "verdict", "warned"),
    [(change_nothing, Verdict.NEVER_CHECKPOINTED, False), (alter, Verdict.TAMPERED, True), (cut, Verdict.UNVERIFIABLE, True)],
)
def test_what_became_of_the_file_is_found_told_and_warned_of(
    path: Path, change: Callable[[Path], None], verdict: Verdict, *, warned: bool
) -> None:
    change(path)
    found = Verifications(path)
    verified(found)
    assert found.last
    assert (found.last.verdict, found.last.reason is None) == (verdict, not warned)
    with site() as shown:
        shown.service.verifications = found
        warnings = shown.read("/readyz")["warnings"]
        told = shown.read(ADDRESS)
        page = Read(shown.get("/ledger").text).text
        metrics = shown.get("/metrics").text
    assert bool(warnings) is warned
    assert told["last"]["verdict"] == verdict
    assert told["running_since"] is None
    assert ("1 entry, 1 command" in page) is (verdict is Verdict.NEVER_CHECKPOINTED)
    assert f'lifecycle_verified{{verdict="{verdict}"}} 1.0' in metrics
    if warned:
        assert f"{verdict} at " in warnings[0]
        assert (found.last.reason or "") in page


def test_a_ledger_in_no_file_says_what_else_can_be_done(still: Site) -> None:
    for ask in (still.client.get, still.client.post):
        answer = ask(ADDRESS)
        assert answer.status_code == 409
        assert "lifecycle export" in answer.json()["detail"]


def test_it_begins_when_it_is_asked_to(path: Path) -> None:
    with site() as shown:
        shown.service.verifications = Verifications(path)
        assert shown.read(ADDRESS) == {"running_since": None, "last": None}
        begun = shown.client.post(ADDRESS)
        assert begun.status_code == 202
        assert begun.json()["running_since"]
        wait_for(lambda: shown.read(ADDRESS)["last"])
        assert shown.read(ADDRESS)["last"]["entries"] == 1


def wait_for(answer: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not answer() and time.monotonic() < end:
        time.sleep(0.05)


@pytest.fixture
def waiting(path: Path) -> Iterator[Service]:
    with closing(SqliteStore(path)) as store:
        service = Service(Ledger(store, "test"))
        service.verifications = Verifications(path)
        yield service


def test_it_begins_by_itself_and_ends_with_the_service(waiting: Service) -> None:
    async def serve() -> None:
        async with verifying(waiting.verifications, 60, first=0):
            await asyncio.to_thread(wait_for, lambda: waiting.verifications.last)
            waiting.verifications.begin()
            await asyncio.sleep(0)
        assert waiting.verifications.began_at is None

    asyncio.run(asyncio.wait_for(serve(), SECONDS))
    assert not _readiness(waiting).warnings


def test_without_an_interval_it_begins_only_when_asked(waiting: Service) -> None:
    async def serve() -> None:
        async with verifying(waiting.verifications, 0, first=0):
            await asyncio.sleep(0.05)
            assert waiting.verifications.began_at is None

    asyncio.run(serve())
    assert waiting.verifications.last is None
