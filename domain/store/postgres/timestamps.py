"""The timestamps of checkpoints, as the PostgreSQL store keeps them."""

import psycopg

from domain.store.postgres.address import Address
from domain.store.postgres.faults import fault_of
from domain.store.postgres.rows import ask
from domain.store.postgres.sessions import reading, writing

_OF = "SELECT token FROM ledger_timestamps WHERE checkpoint = %s ORDER BY number"
_KEEP = "INSERT INTO ledger_timestamps SELECT coalesce(max(number), 0) + 1, %s, %s FROM ledger_timestamps"

_ATTEMPTS_MAX = 10
_BUSY_SECONDS = 10.0


def timestamps_of(url: str, checkpoint: int) -> list[bytes]:
    """Return the tokens that were kept for a checkpoint, by its number.

    Raises:
        StoreFault: the ledger cannot be read.
    """
    address = Address(url)
    with reading(address) as connection:
        try:
            return [token for (token,) in ask(connection, _OF, checkpoint)]
        except psycopg.Error as error:
            raise fault_of(error, address.name) from error


def keep_timestamp(url: str, checkpoint: int, token: bytes) -> None:
    """Keep a token for a checkpoint.

    Raises:
        StoreFault: the ledger cannot be written.
    """
    address = Address(url)
    with writing(address, _BUSY_SECONDS) as connection:
        for attempt in range(1, _ATTEMPTS_MAX + 1):
            try:
                connection.execute(_KEEP, (checkpoint, token))
            except psycopg.errors.UniqueViolation as error:  # Another was kept at the same moment, and has the number.
                if attempt == _ATTEMPTS_MAX:
                    raise fault_of(error, address.name) from error
            except psycopg.Error as error:
                raise fault_of(error, address.name) from error
            else:
                return
