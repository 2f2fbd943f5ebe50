"""Connections that read: one for each question, and those that are idle for the next ones."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from domain.store.errors import StoreClosed
from domain.store.postgres.address import Address, Connection
from domain.store.postgres.faults import fault_of
from domain.store.postgres.sessions import reading
from domain.store.stream_cache import StreamCache

T = TypeVar("T")

_IDLE_MAX = 8
"""Most reading connections that are kept for the next question."""


class Connections:
    """A reader has a connection to itself while it asks."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.cache = StreamCache()
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._closed = False

    def read(self, query: Callable[[Connection], T]) -> T:
        """Ask a question. One that finds its idle connection broken, since the server ended it meanwhile, is asked again on a new one.

        Raises:
            StoreFault: the database cannot answer.
            StoreClosed: the store was closed.
        """
        try:
            idle = self._take()
            if idle is not None:
                try:
                    return self._asked(idle, query)
                except psycopg.Error:
                    if not idle.closed:
                        raise
                    self.lost()
            return self._asked(reading(self.address), query)
        except psycopg.Error as error:
            raise fault_of(error, self.address.name) from error

    def lost(self) -> None:
        """Forget what the server said that ended a connection: at its address may stand one by now that never had the last entries."""
        self.cache = StreamCache()
        self._drop_idle()

    def close(self) -> None:
        """Close what is idle now, and what is in use once its question is answered."""
        with self._lock:
            self._closed = True
        self._drop_idle()

    def _asked(self, connection: Connection, query: Callable[[Connection], T]) -> T:
        try:
            return query(connection)
        finally:
            self._give_back(connection)

    def _take(self) -> Connection | None:
        with self._lock:
            if self._closed:
                raise StoreClosed
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: Connection) -> None:
        usable = connection.info.transaction_status == TransactionStatus.IDLE
        with self._lock:
            if usable and not self._closed and len(self._idle) < _IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
