"""What every store gives, whatever database it stands on. One contract suite tests them all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from domain.events import Event, Position
from domain.proof.evidence import Evidence
from domain.recorded import Head, Outline, Recorded
from domain.store.answer import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """A command that was carried out: what was asked, and what was answered."""

    key: str
    fingerprint: str
    answer: bytes
    position: Position
    """Head of the log when the command was carried out."""


class Transaction(Protocol):
    """What one caller's work can do. Its reads see its own appends; all of it is kept, or none."""

    def now(self) -> datetime:
        """Return the instant of this work, not earlier than the head's `recorded_at`."""

    def head(self) -> Head:
        """Return the end of the log, this transaction's appends included."""

    def history(self, stream: str) -> Sequence[Recorded]:
        """Return all events of a stream, in order."""

    def has_streams(self, prefix: str) -> bool:
        """Tell whether any stream starts with a prefix."""

    def append(self, stream: str, events: Sequence[Event], *, after: int, actor: str) -> Sequence[Recorded]:
        """Append events to a stream whose last version is `after`.

        Raises:
            StaleVersion: the stream's last version is another.
        """

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key, if there is one."""

    def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """Keep a command with its answer, together with the events that it appended."""


class Ear(Protocol):
    """Where a database can tell that a log has grown: for one follower."""

    @property
    def hears(self) -> bool:
        """Whether it does at this moment."""

    def wait(self, seconds: float) -> bool:
        """Wait until something is appended by anyone, at most so long; tell whether something may have been since the last time."""


class Store(Protocol):
    """An append-only log of events."""

    def submit(self, key: str, work: Callable[[Transaction], T]) -> Answer[T]:
        """Queue work for the writer, which takes all that is queued into one transaction; if one's work raises, only that is undone.

        The answer is there after COMMIT: threads ask for its `result()`, asyncio code awaits it. Work must be repeatable: where the
        outcome of a COMMIT is unknown it runs again, and finds its command kept under `key` if it was carried out.
        """

    def transact(self, key: str, work: Callable[[Transaction], T]) -> T:
        """Submit work and wait for its outcome."""

    def head(self) -> Head:
        """Return the end of the log as committed."""

    def head_at(self, instant: datetime) -> Head:
        """Return the last entry recorded at or before an instant."""

    def history(self, stream: str, upto: Position | None = None) -> Sequence[Recorded]:
        """Return a stream's committed events, in order, those up to a position if one is given."""

    def log(self, after: Position = 0, upto: Position | None = None, stream_prefix: str = "") -> Iterator[Recorded]:
        """Follow the committed log in order, in bounded memory, optionally only streams whose name starts with a prefix."""

    def outline(self, after: Position, upto: Position) -> Iterator[Outline]:
        """Follow the committed log in order without reading its events."""

    def by_stream(self, upto: Position, stream_prefix: str = "") -> Iterator[Sequence[Recorded]]:
        """Go through the committed log up to a position, stream by stream in the order of their names, each in one piece."""

    def streams(self, prefix: str) -> Sequence[str]:
        """Return the names of all streams that start with a prefix, sorted."""

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key, if there is one."""

    def schema_version(self) -> int:
        """Return the version of the tables as the database itself has it."""

    @property
    def evidence(self) -> Evidence:
        """What the store gives to prove things with."""

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
