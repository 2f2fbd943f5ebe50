"""How a follower learns that the log has grown: PostgreSQL tells it, and where it does not, the follower looks."""

from contextlib import suppress
from threading import Event, Lock
from time import monotonic

import psycopg

from domain.store.errors import StoreFault
from domain.store.postgres.address import Address, Connection
from domain.store.postgres.inserting import CHANNEL

POLL_SECONDS = 0.5
"""How often a follower looks where it is not told: at a replica, or while the server is away."""

_SLICE_SECONDS = 0.2
"""How long closing may have to wait for a follower."""


class Listener:
    """One follower's ear. Another follower needs its own: what one hears is not heard again."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: Connection | None = None
        self._turn = Lock()
        self._closed = Event()

    @property
    def hears(self) -> bool:
        """Whether the server tells at this moment what is appended."""
        return self._connection is not None

    def wait(self, seconds: float) -> bool:
        """Wait until something is appended, at most so long; tell whether something may have been since the last time."""
        with self._turn:
            until = monotonic() + seconds
            while not self._closed.is_set() and (left := until - monotonic()) > 0:
                try:
                    if self._heard(min(left, _SLICE_SECONDS)):
                        return True
                except (psycopg.Error, StoreFault):
                    self._hang_up()
                    return not self._closed.wait(min(left, POLL_SECONDS))
            return False

    def close(self) -> None:
        """End all waiting, and let go of the connection."""
        self._closed.set()
        with self._turn:
            if self._connection is not None:
                with suppress(psycopg.Error):  # A pooler mixes up the answers of a session that still hears as it is given back.
                    self._connection.execute("UNLISTEN *")
            self._hang_up()

    def _heard(self, seconds: float) -> bool:
        """Listen for a while. One who begins to listen has missed what came before, so that counts as heard."""
        if self._connection is None:
            connection = self._address.connect()
            try:
                connection.execute(f"LISTEN {CHANNEL}")
            except psycopg.Error:
                connection.close()
                raise
            self._connection = connection
            return True
        return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
