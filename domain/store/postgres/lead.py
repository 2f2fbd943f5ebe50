"""Which of all the machines that serve a ledger on PostgreSQL does what must be done once."""

from contextlib import suppress

import psycopg

from domain.store.errors import StoreFault
from domain.store.postgres.address import Address, Connection

LEAD_LOCK = 0x4C434C48
"""Number of the advisory lock that one session holds as long as it lives: the writers' and one."""

# A machine that is gone says nothing: the server asks, and takes the lock back from one that does not answer.
_ASKED_OFTEN = "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 2"
_TAKE = f"SELECT pg_try_advisory_lock({LEAD_LOCK})"


class Lead:
    """One process's claim, by a session of its own. It is not safe to use from several threads at once."""

    def __init__(self, url: str) -> None:
        """`url`: where the ledger is written; a replica gives no locks."""
        self._address = Address(url)
        self._connection: Connection | None = None
        self._held = False

    def leads(self) -> bool:
        """Tell whether this process leads, and take the lead where nobody has it. Who cannot be sure does not lead. Blocking."""
        try:
            connection = self._connected()
            if self._held:
                connection.execute("SELECT")
            else:
                self._held = connection.execute(_TAKE).fetchone() == (True,)
        except (psycopg.Error, StoreFault):
            self.close()
        return self._held

    def close(self) -> None:
        """Leave the lead to others."""
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock_all()")  # The server ends the session some time after we have left it.
            with suppress(psycopg.Error):
                connection.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._address.connect()
            self._connection.execute(_ASKED_OFTEN)
        return self._connection
