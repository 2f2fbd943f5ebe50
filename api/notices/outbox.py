"""What a worker has in its hands: so that nobody else takes it, and that whoever goes on after a kill knows what arrived, or may have.

It stands in a file beside the ledger. Losing it loses no recipient: it only says of which ones a duplicate is possible. Here stands, too,
that nothing is to be delivered: a ledger that was restored from a copy does not know whom the one before it told since.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from api.notices.attempts import Attempt
from domain.errors import LedgerError
from domain.events import Position
from domain.instants import format_instant, parse_instant
from domain.notices.events import Result

BUSY_SECONDS = 5.0

_IN_FLIGHT = """
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
_OFF = "CREATE TABLE IF NOT EXISTS delivering_off (since TEXT NOT NULL)"

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


@dataclass(eq=False)
class DeliveringOff(LedgerError):
    """A ledger that was restored from a copy, and tells nobody until somebody has looked."""

    since: datetime

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"Delivering is off since this ledger was restored from a copy ({format_instant(self.since)}): whoever was told after the copy "
            "was made would be told again. See who is left to be told, then switch it on by lifecycle notices resume."
        )


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
            DeliveringOff: nothing is to be delivered.
        """
        with _opened(path) as connection:
            if off := connection.execute("SELECT since FROM delivering_off").fetchone():
                raise DeliveringOff(parse_instant(off[0]))
            yield cls(connection)

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


@contextmanager
def switched_off(path: Path, since: datetime) -> Iterator[None]:
    """Let nothing be delivered, in the block and after it; leaving by an exception, it is as it was.

    Raises:
        DeliveryBusy: a worker delivers just now.
    """
    with _opened(path) as connection:
        before = connection.execute("SELECT since FROM delivering_off").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("INSERT INTO delivering_off VALUES (?)", (format_instant(since),))
        try:
            yield
        except BaseException:
            if not before:
                connection.execute("DELETE FROM delivering_off")
            raise


def switch_on(path: Path) -> bool:
    """Let notices be delivered again, and tell whether that had been switched off.

    Raises:
        DeliveryBusy: a worker delivers just now.
    """
    with _opened(path) as connection:
        return connection.execute("DELETE FROM delivering_off").rowcount > 0


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
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
            connection.execute(_IN_FLIGHT)
            connection.execute(_OFF)
            yield connection
        finally:
            connection.close()
    finally:
        lock.release()


def _taken(
    recipient: int, attempts: int, channel: str, result: str | None, at: str | None, code: str | None, reference: str | None
) -> Taken:
    known = Attempt(recipient, Result(result), parse_instant(at), channel, code, reference) if result and at else None
    return Taken(recipient, attempts, channel, known)
