"""A group of callers in one transaction: what each may read and write, whatever the database.

What they write waits in memory and goes to the database in one piece before COMMIT. So a caller whose work raises leaves nothing
behind, as if it had a savepoint of its own, and a group of many costs the database little more than a group of one.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from domain.clock import Clock
from domain.errors import InvalidName
from domain.events import Event
from domain.recorded import Head, Recorded
from domain.store.codec import encode
from domain.store.contract import Kept, Transaction
from domain.store.errors import CommandKeyReused, StaleVersion, StoreFault

T = TypeVar("T")
Work = Callable[[Transaction], T]

_TICK = timedelta(microseconds=1)


class Entry(NamedTuple):
    """An event on its way to the database, with the bytes that will stand for it."""

    recorded: Recorded
    topic: str
    state: bytes


@dataclass(eq=False)
class GroupBroken(Exception):
    """The database failed before COMMIT: nothing of the group was kept."""

    fault: StoreFault


@dataclass(eq=False)
class CommitLost(Exception):
    """COMMIT did not answer: all of the group was kept, or nothing."""

    fault: StoreFault


class Readable(Protocol):
    """What a group reads of a database."""

    fault: StoreFault | None
    """Set by a read that failed, and reset by a new transaction: whatever a caller makes of it, the group is broken."""

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        """Return a stream's events."""

    def has_streams(self, prefix: str) -> bool:
        """Tell whether any stream starts with a prefix."""

    def read_kept(self, key: str) -> Kept | None:
        """Return the command kept under a key."""

    def read_all_kept(self, keys: Sequence[str]) -> dict[str, Kept]:
        """Return the commands kept under any of the keys; at least one is given."""


class Database(Readable, Protocol):
    """The writer's hold on a database: one transaction at a time."""

    def transaction(self, keys: Sequence[str]) -> AbstractContextManager[Head]:
        """Hold the write lock and give the head; leaving by an exception rolls back, and replaces a connection of no use.

        The keys are those of the commands that will be asked for first: where each question is a journey, they go with the lock.

        Raises:
            StoreFault: the lock or the database cannot be had.
        """

    def commit(self, entries: Sequence[Entry], commands: Sequence[Kept]) -> None:
        """Write and keep what a group has left.

        Raises:
            GroupBroken: nothing was kept.
            CommitLost: it is not known.
        """

    def close(self) -> None:
        """Let go of the database."""


class Group:
    """What the callers so far leave to be written."""

    def __init__(self, database: Readable, head: Head, clock: Clock) -> None:
        """Start after the head, with nothing."""
        self.database = database
        self.clock = clock
        self.head = head
        self.entries: list[Entry] = []
        self.commands: dict[str, Kept] = {}
        self.streams: dict[str, tuple[Recorded, ...]] = {}
        self._asked: frozenset[str] = frozenset()
        self._found: dict[str, Kept] = {}

    def look_up(self, keys: Sequence[str]) -> None:
        """Ask for the commands of all callers at once: each question gives the interpreter to another thread, and waits to have it back.

        Where that fails, each caller asks for its own, and fails alone.
        """
        asked = frozenset(key for key in keys if key.isascii())
        try:
            self._found = self.database.read_all_kept(tuple(asked)) if asked else {}
            self._asked = asked
        except StoreFault:
            self.database.fault = None

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key, by the group or before it."""
        own = self.commands.get(key)
        if own is not None or key in self._asked:
            return own or self._found.get(key)
        return self.database.read_kept(key)

    def attempt(self, work: Work[T]) -> T:
        """Run one caller's work, and take over what it wrote unless it raises.

        Raises:
            GroupBroken: the database failed under it.
        """
        caller = CallerTransaction(self)
        try:
            result = work(caller)
        finally:
            if self.database.fault is not None:
                raise GroupBroken(self.database.fault)
        self.head = caller.head()
        self.entries += caller.entries
        self.commands.update(caller.commands)
        self.streams.update(caller.streams)
        return result


class CallerTransaction:
    """What one caller's work reads and writes: the database, what the group left so far, and its own."""

    __slots__ = ("_group", "_head", "_looked_up", "_now", "commands", "entries", "streams")

    def __init__(self, group: Group) -> None:
        """Start with nothing written."""
        self._group = group
        self._head = group.head
        self._now: datetime | None = None
        self._looked_up: dict[str, Kept | None] = {}
        self.entries: list[Entry] = []
        self.commands: dict[str, Kept] = {}
        self.streams: dict[str, tuple[Recorded, ...]] = {}
        """What the group appended to the streams that this caller appended to."""

    def now(self) -> datetime:
        """Return the instant of this work: the clock's, unless that stepped back."""
        if self._now is None:
            now, last = self._group.clock().astimezone(UTC), self._group.head.recorded_at
            self._now = now if last is None or last < now else last
        return self._now

    def head(self) -> Head:
        """Return the end of the log, this work's appends included."""
        return self._head

    def history(self, stream: str) -> Sequence[Recorded]:
        """Return all events of a stream, this work's included."""
        return self._group.database.read_stream(stream) + self._appended(stream)

    def has_streams(self, prefix: str) -> bool:
        """Tell whether any stream starts with a prefix, this work's included."""
        own = (*self.streams, *self._group.streams)
        return any(stream.startswith(prefix) for stream in own) or self._group.database.has_streams(prefix)

    def append(self, stream: str, events: Sequence[Event], *, after: int, actor: str) -> Sequence[Recorded]:
        """Append events to a stream whose last version is `after`.

        Raises:
            StaleVersion: the stream's last version is another.
            UnwritableEvent: an event could not be read back.
        """
        _check_text(stream, actor)
        appended = self._appended(stream)
        before = appended or self._group.database.read_stream(stream)
        actual = before[-1].version if before else 0
        if actual != after:
            raise StaleVersion(stream, after, actual)
        entries = [self._entry(stream, after, number, event, actor) for number, event in enumerate(events, 1)]
        if not entries:
            return ()
        fresh = tuple(entry.recorded for entry in entries)
        self.entries += entries
        self.streams[stream] = appended + fresh
        self._head = Head(fresh[-1].position, fresh[-1].recorded_at)
        return fresh

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key."""
        if key not in self._looked_up:
            self._looked_up[key] = self._group.kept(key)
        return self._looked_up[key]

    def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """Keep a command with its answer.

        Raises:
            CommandKeyReused: another one was kept under this key.
        """
        _check_text(key, fingerprint)
        if self.kept(key) is not None:
            raise CommandKeyReused(key)
        self.commands[key] = self._looked_up[key] = Kept(key, fingerprint, answer, self._head.position)

    def _appended(self, stream: str) -> tuple[Recorded, ...]:
        return self.streams.get(stream) or self._group.streams.get(stream, ())

    def _entry(self, stream: str, after: int, number: int, event: Event, actor: str) -> Entry:
        topic, state = encode(event)
        first, last = self.now(), self._head.recorded_at
        if last is not None and first <= last:
            first = last + _TICK
        recorded_at = first + (number - 1) * _TICK
        return Entry(Recorded(self._head.position + number, stream, after + number, recorded_at, actor, event), topic, state)


def _check_text(*texts: str) -> None:
    """Refuse text that no database takes, while it is still one caller's."""
    for text in texts:
        if "\0" in text:
            raise InvalidName("text", text, "it holds a NUL character")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidName("text", text, "it is not Unicode") from error
