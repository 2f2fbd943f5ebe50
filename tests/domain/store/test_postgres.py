"""The contract on PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from domain.clock import Clock
from domain.store.postgres.address import Connection
from domain.store.postgres.store import PostgresStore
from tests.domain.store.contract_suite import Make, MakeLosing, StoreContract
from tests.servers.postgres import INSTALLED, server


class LosingStore(PostgresStore):
    """Loses the answers of its first COMMITs."""

    losing = 0
    moment: Literal["before", "after"] = "before"

    def _commit(self, connection: Connection, last: str) -> None:
        lost, self.losing = self.losing > 0, self.losing - 1
        if not lost or self.moment == "after":
            super()._commit(connection, last)
        if lost:
            raise psycopg.OperationalError("the connection is lost")


class PostgresContract(StoreContract):
    """The contract on one version of the server."""

    binaries: Path | None = None

    @pytest.fixture
    def make(self) -> Iterator[Make]:
        with ExitStack() as left:

            def make(clock: Clock) -> PostgresStore:
                return left.enter_context(closing(PostgresStore(self._place(left), clock)))

            yield make

    @pytest.fixture
    def make_losing(self) -> Iterator[MakeLosing]:
        with ExitStack() as left:

            def make(moment: Literal["before", "after"], times: int) -> LosingStore:
                store = left.enter_context(closing(LosingStore(self._place(left))))
                store.moment, store.losing = moment, times
                return store

            yield make

    def _place(self, left: ExitStack) -> str:
        running = server(self.binaries)
        return running.url(left.enter_context(running.fresh()))


class TestPostgresStore(PostgresContract):
    """On the server that comes as a package."""


if INSTALLED.is_dir():

    class TestPostgres15Store(PostgresContract):
        """On the server of the system, the oldest that will do."""

        binaries = INSTALLED
