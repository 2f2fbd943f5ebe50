"""What a worker has in its hands: so that nobody else takes it, and that whoever goes on after a kill knows what arrived, or may have.

It stands in a file beside the ledger. Losing it loses no recipient: it only says of which ones a duplicate is possible.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from api.notices.attempts import Attempt
from domain.errors import LedgerError
from domain.events import Position
from domain.instants import format_instant, parse_instant
from domain.notices.events import Result

BUSY_SECONDS = 5.0

_TABLE = """
    CREATE TABLE IF NOT EXISTS in_flight (
        run INTEGER NOT NULL,
        recipient INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        channel TEXT NOT NULL,
        result TEXT,
        at TEXT,
        code TEXT,
        reference TEXT,
        PRIMARY KEY (run, recipient)
    ) WITHOUT ROWID
"""

_NOTE = "UPDATE in_flight SET result = ?, at = ?, code = ?, reference = ? WHERE run = ? AND recipient = ?"
_LEFT = "SELECT recipient, attempts, channel, result, at, code, reference FROM in_flight WHERE run = ? ORDER BY recipient"


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
    attempt: Attempt | None = None
    """What came of it, where that was noted before the worker ended."""


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
        """Note what is about to be sent, before it is: a loss of power forgets none of it."""
        rows = [(run, one.recipient, one.attempts, one.channel) for one in taken]
        self._connection.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO in_flight VALUES (?, ?, ?, ?, NULL, NULL, NULL, NULL)", rows)
        self._connection.execute("PRAGMA synchronous = NORMAL")

    def note(self, run: Position, attempt: Attempt) -> None:
        """Note what came of one, until it is recorded: a kill does not forget it, and a loss of power may."""
        came = (attempt.result.value, format_instant(attempt.at), attempt.code, attempt.reference)
        self._connection.execute(_NOTE, (*came, run, attempt.recipient))

    def put_down(self, run: Position, recipients: Iterable[int]) -> None:
        """Forget what is recorded in the ledger now."""
        with self._transaction():
            self._connection.executemany("DELETE FROM in_flight WHERE run = ? AND recipient = ?", [(run, one) for one in recipients])

    def left(self, run: Position) -> Sequence[Taken]:
        """Return what somebody who ended had in its hands."""
        return [_taken(*row) for row in self._connection.execute(_LEFT, (run,)).fetchall()]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _taken(
    recipient: int, attempts: int, channel: str, result: str | None, at: str | None, code: str | None, reference: str | None
) -> Taken:
    known = Attempt(recipient, Result(result), parse_instant(at), channel, code, reference) if result and at else None
    return Taken(recipient, attempts, channel, known)
