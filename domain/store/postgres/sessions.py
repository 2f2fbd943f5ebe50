"""What a session of ours is set to, and how one that a pooler only lends is found out."""

import psycopg

from domain.store.postgres.address import Address, Connection
from domain.store.postgres.errors import TransactionPooling
from domain.store.postgres.faults import fault_of

WRITE_LOCK = 0x4C434C47
"""Number of the advisory lock under which positions are given out, in the database of the ledger: `LCLG`."""

IDLE_SECONDS = 60
"""How long a writer that fell silent may hold up the others before the server ends its session."""

_LOOKS = 3
"""How often two sessions are asked who they are: a pooler gives both the same one, or one of them another each time."""

# The tables are only asked by their indexes; a plan that is kept from when they were small must not say otherwise.
_READING = """
    SET default_transaction_read_only = on;
    SET enable_seqscan = off
"""
_WRITING = """
    SET lock_timeout = {lock};
    SET idle_in_transaction_session_timeout = {idle};
    SET enable_seqscan = off;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""


def reading(address: Address) -> Connection:
    """Open a connection for questions.

    Raises:
        StoreFault: the database cannot be reached.
    """
    return _opened(address, _READING)


def writing(address: Address, busy_seconds: float) -> Connection:
    """Open a connection that writes, and whose COMMIT waits for the disk.

    Raises:
        StoreFault: the database cannot be reached.
    """
    return _opened(address, _WRITING.format(lock=max(1, round(busy_seconds * 1000)), idle=IDLE_SECONDS * 1000))


def check_lent(address: Address) -> None:
    """Refuse an address behind which sessions are shared, before anything is set in one of them: it would be others' too.

    Raises:
        TransactionPooling: a pooler gives each transaction another session.
        StoreFault: the database cannot be reached.
    """
    with address.connect() as one, address.connect() as another:
        try:
            check_own(one, another, address.name)
        except psycopg.Error as error:
            raise fault_of(error, address.name) from error


def check_own(first: Connection, second: Connection, name: str) -> None:
    """Refuse two connections that share sessions.

    Raises:
        TransactionPooling: a pooler gives each transaction another session.
    """
    if len({(_session(first), _session(second)) for _ in range(_LOOKS)}) > 1 or _session(first) == _session(second):
        raise TransactionPooling(name)


def _session(connection: Connection) -> int:
    (number,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
    return int(str(number))


def _opened(address: Address, settings: str) -> Connection:
    connection = address.connect()
    try:
        connection.execute(settings)
    except psycopg.Error as error:
        connection.close()
        raise fault_of(error, address.name) from error
    return connection
