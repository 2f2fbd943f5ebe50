"""The timestamps of checkpoints, as the SQLite store keeps them."""

import sqlite3
from pathlib import Path

from domain.store.sqlite import BUSY_SECONDS
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_place import Place

_OF = "SELECT token FROM checkpoint_timestamps WHERE checkpoint = ? ORDER BY number"
_KEEP = """
    INSERT INTO checkpoint_timestamps
    SELECT coalesce(max(number), 0) + 1, ?, ? FROM checkpoint_timestamps
"""


def timestamps_of(path: Path, checkpoint: int) -> list[bytes]:
    """Return the tokens that were kept for a checkpoint, by its number.

    Raises:
        StoreFault: the ledger cannot be read.
    """
    place = Place(path, read_only=False, busy_seconds=BUSY_SECONDS)
    place.check()
    try:
        connection = place.connect("ro")
        try:
            return [token for (token,) in connection.execute(_OF, (checkpoint,))]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise fault_of(error, place.name) from error


def keep_timestamp(path: Path, checkpoint: int, token: bytes) -> None:
    """Keep a token for a checkpoint.

    Raises:
        StoreFault: the ledger cannot be written.
    """
    place = Place(path, read_only=False, busy_seconds=BUSY_SECONDS)
    place.check()
    try:
        connection = place.connect("rw")
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_KEEP, (checkpoint, token))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise fault_of(error, place.name) from error
