"""What is drawn at random and holds on SQLite holds on PostgreSQL, too: fewer histories of each kind, each in a database of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ledger import Ledger
from domain.store.postgres.store import PostgresStore
from tests.api.http import apps
from tests.api.http.test_state_machine import STEPS, LedgerOverHttp
from tests.ledgers import HandClock
from tests.projections.directory.histories import histories
from tests.projections.notices.histories import stories
from tests.projections.stage_index import test_against_the_replay as replay
from tests.projections.stage_index.several_models import ASKED_SCOPES, logs
from tests.projections.tables import logs as tables
from tests.projections.tables import test_log_views as views
from tests.servers.postgres import server

EXAMPLES = int(os.environ.get("POSTGRES_EXAMPLES", "8"))
few = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def store_of_its_own(clock: HandClock) -> Iterator[PostgresStore]:
    with server().fresh() as name, closing(PostgresStore(server().url(name), clock)) as store:
        yield store


@contextmanager
def ledger_on_postgresql(clock: HandClock, actor: str = "tester") -> Iterator[Ledger]:
    with store_of_its_own(clock) as store:
        yield Ledger(store, actor, clock)


@contextmanager
def log_on_postgresql(path: Path | str = ":memory:") -> Iterator[tables.Log]:
    assert path == ":memory:"
    with store_of_its_own(HandClock()) as store:
        log = tables.Log(path)
        log.store.close()
        log.store = store  # type: ignore[assignment]  # another one of the same contract
        yield log


@pytest.fixture(scope="module", autouse=True)
def instead(on_postgresql: None) -> Iterator[None]:  # noqa: ARG001 - it goes first
    """Let all of them have databases; one that is opened again by its file is the same."""
    with ExitStack() as left:

        @cache
        def database_of(file: Path) -> str:  # noqa: ARG001 - by it the answer is remembered
            return left.enter_context(server().fresh())

        def store(file: Path, clock: HandClock) -> PostgresStore:
            return PostgresStore(server().url(database_of(file)), clock)

        left.enter_context(patch.object(replay, "ledger_in_memory", ledger_on_postgresql))
        left.enter_context(patch.object(views, "opened", log_on_postgresql))
        left.enter_context(patch.object(apps, "SqliteStore", store))
        yield


def once_more(test: Any, *drawn: st.SearchStrategy[Any]) -> Callable[[], None]:
    found: Callable[[], None] = few(given(*drawn)(test.hypothesis.inner_test))
    return found


test_every_answer = once_more(replay.test_every_answer_is_the_one_that_the_replay_gives, logs(), st.sampled_from(ASKED_SCOPES), st.data())
test_a_growing_log = once_more(replay.test_it_stays_right_while_the_log_grows, logs(), st.data())
test_the_oracle = once_more(replay.test_the_oracle_says_the_same, logs(), st.sampled_from(ASKED_SCOPES), st.data())
test_views = once_more(views.test_what_followed_is_what_was_built_anew_whatever_the_batches, histories(), stories(), st.data())


class LedgerOnPostgresql(LedgerOverHttp):
    """A client that writes and asks, as on SQLite."""


TestLedgerOnPostgresql = LedgerOnPostgresql.TestCase
TestLedgerOnPostgresql.settings = settings(
    max_examples=max(2, EXAMPLES // 4), stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
