"""What a worker has in its hands: so that nobody else takes it, and that whoever goes on after a kill knows what may have arrived.

It stands in a file beside the ledger. Losing it loses no recipient: it only says of which ones a duplicate is possible.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from domain.errors import LedgerError
from domain.events import Position

BUSY_SECONDS = 5.0

_TABLE = """
    CREATE TABLE IF NOT EXISTS in_flight (
        run INTEGER NOT NULL,
        recipient INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        channel TEXT NOT NULL,
        PRIMARY KEY (run, recipient)
    ) WITHOUT ROWID
"""


@dataclass(eq=False)
class DeliveryBusy(LedgerError):
    """Another worker delivers this ledger's notices."""

    path: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"Another worker delivers the notices of this ledger, and holds {self.path}. When it ends, the next one goes on."


@dataclass(frozen=True, slots=True)
class Taken:
    """A recipient whose notice is on its way."""

    recipient: int
    attempts: int
    """How many attempts were recorded before this one."""
    channel: str


def outbox_path(ledger: Path) -> Path:
    """Return where a ledger's outbox stands: `ledger.outbox.db` beside `ledger.db`."""
    return ledger.with_name(f"{ledger.stem}.outbox{ledger.suffix}")


class Outbox:
    """The one worker's hold on a ledger's notices."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def held(cls, path: Path) -> Iterator["Outbox"]:
        """Hold it until the block ends, or the process: the operating system lets go of it then.

        Raises:
            DeliveryBusy: another worker holds it.
        """
        lock = FileLock(path.with_name(f"{path.name}.lock"), mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise DeliveryBusy(str(path)) from None
        try:
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_TABLE)
                yield cls(connection)
            finally:
                connection.close()
        finally:
            lock.release()

    def take(self, run: Position, taken: Sequence[Taken]) -> None:
        """Note what is about to be sent, before it is."""
        rows = [(run, one.recipient, one.attempts, one.channel) for one in taken]
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO in_flight VALUES (?, ?, ?, ?)", rows)

    def put_down(self, run: Position, recipients: Iterable[int]) -> None:
        """Forget what is recorded in the ledger now."""
        with self._transaction():
            self._connection.executemany("DELETE FROM in_flight WHERE run = ? AND recipient = ?", [(run, one) for one in recipients])

    def left(self, run: Position) -> Sequence[Taken]:
        """Return what somebody who ended had in its hands."""
        rows = self._connection.execute("SELECT recipient, attempts, channel FROM in_flight WHERE run = ? ORDER BY recipient", (run,))
        return [Taken(*row) for row in rows.fetchall()]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
