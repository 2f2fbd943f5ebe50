"""What goes on between requests: views that follow, a clock that ticks, an index that warms up, and none of it dies silently."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Self

import pytest

from api.http import background, follower
from api.http.background import between_requests, notice, warm
from api.http.follower import Follower
from api.http.service import Service
from domain.clock import system_clock
from domain.ledger import Ledger
from domain.store.contract import Store
from domain.store.errors import StoreLocked
from domain.store.sqlite import SqliteStore
from projections.stage_index import IndexStopped, Stopped
from projections.tables.views import Views
from tests.ledgers import HandClock, announce, ledger_in_memory, list_model

SECONDS_MAX = 30.0
"""No test waits as long unless it fails."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.01)
    for name in ("WARM_SECONDS", "NOTICE_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(background, name, 0.001)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = SqliteStore(tmp_path / "ledger.db")
    yield Ledger(store, "tester", system_clock)
    store.close()


class WatchedViews(Views):
    """Views that say when they were brought up to date, and fail when told to."""

    faults: list[Exception]
    followed: Event

    def catch_up(self, store: Store) -> bool:
        if self.faults:
            raise self.faults.pop(0)
        moved = super().catch_up(store)
        self.followed.set()
        return moved


@pytest.fixture
def views(tmp_path: Path) -> Iterator[WatchedViews]:
    with WatchedViews.open(tmp_path / "ledger.views.db") as opened:
        assert isinstance(opened, WatchedViews)
        opened.faults, opened.followed = [], Event()
        yield opened


class Following:
    """A follower between start and close, and the waiting for what it does."""

    def __init__(self, ledger: Ledger, views: WatchedViews, recorded: Callable[[], None] = lambda: None) -> None:
        self.views = views
        self.follower = Follower(ledger, views, tick_seconds=0.01, recorded=recorded)

    def __enter__(self) -> Self:
        self.follower.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.follower.close(SECONDS_MAX)
        assert not self.follower.alive

    def until(self, reached: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if reached():
                return
            self.views.followed.clear()
            self.follower.poke()
            assert self.views.followed.wait(SECONDS_MAX)
        pytest.fail("it never came")

    def up_to_date(self) -> bool:
        return all(state.lag == 0 for state in self.follower.states())


def stages_entered(ledger: Ledger) -> list[str]:
    return [type(entry.event).__name__ for entry in ledger.store.log()].count("StageEntered") * ["StageEntered"]


class TestFollower:
    def test_the_views_follow_the_log(self, ledger: Ledger, views: WatchedViews) -> None:
        with Following(ledger, views) as following:
            ledger.execute(list_model())
            following.until(following.up_to_date)
        assert [state.position for state in following.follower.states()] == [1, 1, 1, 1]

    def test_a_failure_is_logged_once_counted_shown_and_tried_again(
        self, ledger: Ledger, views: WatchedViews, caplog: pytest.LogCaptureFixture
    ) -> None:
        views.faults = [StoreLocked("ledger.db"), StoreLocked("ledger.db"), ZeroDivisionError("division")]
        ledger.execute(list_model())
        with Following(ledger, views) as following:
            following.until(following.up_to_date)
            following.until(lambda: following.follower.failing is None)
        assert following.follower.failures == 3
        assert [(r.levelno, bool(r.exc_info)) for r in caplog.records] == [(logging.ERROR, False), (logging.ERROR, True)]

    def test_while_it_fails_it_says_so(self, ledger: Ledger, views: WatchedViews) -> None:
        told = Follower(ledger, views, tick_seconds=60, recorded=lambda: None)
        views.faults = [StoreLocked("ledger.db")]
        told._attempt()
        assert told.failing == StoreLocked("ledger.db").sentence
        told._attempt()
        assert told.failing is None

    def test_a_failure_of_its_end_is_nobodys_business(self, ledger: Ledger, views: WatchedViews, caplog: pytest.LogCaptureFixture) -> None:
        ending = Follower(ledger, views, tick_seconds=60, recorded=lambda: None)
        ending.close(0)
        views.faults = [StoreLocked("ledger.db")]
        ending._attempt()
        assert (ending.failures, caplog.records) == (0, [])


class TestClock:
    def test_dates_that_have_passed_are_recorded_once_though_two_clocks_run(
        self, ledger: Ledger, views: WatchedViews, tmp_path: Path
    ) -> None:
        ledger.execute(list_model())
        ledger.execute(announce(legacy="2024-12-15", deprecated="2025-01-15", retired="2025-04-15"))
        told = Event()
        with WatchedViews.open(tmp_path / "other.views.db") as others:
            assert isinstance(others, WatchedViews)
            others.faults, others.followed = [], Event()
            with Following(ledger, views, told.set) as one, Following(ledger, others, told.set) as two:
                assert told.wait(SECONDS_MAX)
                one.until(lambda: one.up_to_date() and not views.due(ledger.now()))
                two.until(lambda: two.up_to_date() and not others.due(ledger.now()))
        assert len(stages_entered(ledger)) == 3

    def test_an_end_does_not_wait_for_all_that_is_due(self, ledger: Ledger, views: WatchedViews) -> None:
        ledger.execute(list_model())
        ledger.execute(announce(retired="2025-04-15"))
        ending = Follower(ledger, views, tick_seconds=60, recorded=lambda: None)
        ending.close(0)
        ending._attempt()
        assert stages_entered(ledger) == []


class TestBetweenRequests:
    def test_the_index_is_warmed_up_and_again_when_a_model_moves_on(self) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            ledger.execute(list_model())
            service = Service(ledger)
            service.refresh()
            assert warm(service) == background.WARM_SECONDS
            ledger.execute(announce(retired="2025-04-15"))
            service.refresh()
            assert warm(service) == background.WARM_SECONDS

    def test_while_there_is_more_it_goes_on_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            service = Service(ledger)
            monkeypatch.setattr(service.index, "warm", lambda seconds: seconds > 0)
            assert warm(service) == background.SLICE_SECONDS

    def test_a_stopped_index_needs_no_warming(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stopped(seconds: float) -> bool:
            raise IndexStopped(Stopped(1, f"not in {seconds} s"))

        with ledger_in_memory(HandClock()) as ledger:
            service = Service(ledger)
            monkeypatch.setattr(service.index, "warm", stopped)
            assert warm(service) == background.WARM_SECONDS

    def test_the_log_is_looked_at_only_while_somebody_listens(self) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            service = Service(ledger)
            ledger.execute(list_model())
            notice(service)
            assert service.position == 0
            service.counters.streams_open = 1
            notice(service)
            assert service.position == 1

    def test_who_listens_hears_of_what_another_process_appended(self) -> None:
        async def heard(service: Service) -> bool:
            service.counters.streams_open = 1
            async with between_requests(service):
                await asyncio.to_thread(service.ledger.execute, list_model())
                return await service.grown(0, SECONDS_MAX)

        with ledger_in_memory(HandClock()) as ledger:
            assert asyncio.run(heard(Service(ledger)))

    def test_a_failure_is_logged_once_while_it_lasts_and_the_work_goes_on(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        faults: list[Exception] = [StoreLocked("l"), StoreLocked("l"), ZeroDivisionError()]

        async def outlived(service: Service) -> None:
            done = asyncio.Event()

            def refresh() -> None:
                if faults:
                    raise faults.pop(0)
                done.set()

            monkeypatch.setattr(service, "refresh", refresh)
            service.counters.streams_open = 1
            async with between_requests(service):
                await asyncio.wait_for(done.wait(), SECONDS_MAX)

        with ledger_in_memory(HandClock()) as ledger:
            asyncio.run(outlived(Service(ledger)))
        assert [(r.__dict__["step"], bool(r.exc_info)) for r in caplog.records] == [("notice", False), ("notice", True)]
