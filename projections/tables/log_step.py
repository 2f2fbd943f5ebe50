"""A step of a view that grows with the log: what the next entries of its streams write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from operator import attrgetter

from sqlalchemy import Table

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from projections.tables.checkpoints import Checkpoint, recorded_at
from projections.tables.columns import Row
from projections.tables.log_view import Change, LogView, Write
from projections.tables.step import Step, Stop, Written, made

LOOK_ENTRIES = 20_000
"""Entries of the log, of whatever stream, that are looked through at once: where a view's are few, each look costs all of these."""

BATCH_ROWS = 50_000
"""Rows after which a transaction takes in no further entry. One entry can write a thousand and more."""


@dataclass(frozen=True, slots=True)
class LogTarget:
    """Tables that follow the log for a view: the view's own, or some that are being built beside them."""

    view: LogView
    name: str
    """The name under which their checkpoint is kept."""
    by_name: Mapping[str, Table]
    """The tables, by the names of those in whose place they stand."""

    @classmethod
    def own(cls, view: LogView) -> "LogTarget":
        """Return the view's own tables."""
        return cls(view, view.name, {table.name: table for table in view.tables})

    @property
    def tables(self) -> Sequence[Table]:
        """The tables, in the view's order."""
        return tuple(self.by_name.values())

    def step(self, store: Store, start: Checkpoint, head: Head, batch_entries: int) -> Step:
        """Return what the next entries write, or those before one that cannot be taken in."""
        look = min(head.position, start.position + LOOK_ENTRIES)
        taken = _taken(self.view, _entries(store, start.position, look, self.view.prefixes), batch_entries)
        stop = taken.stop
        upto = stop.position - 1 if stop else taken.full_at or look
        reached = Checkpoint(upto, recorded_at(store, upto), stop.position if stop else None, stop.reason if stop else None)
        written = [Written(made(write.statement, self.by_name[write.table.name]), rows) for write, rows in taken.by_write.items()]
        return Step(reached, written)


@dataclass(slots=True)
class _Taken:
    """What some entries write."""

    by_write: dict[Write, list[Row]]
    rows: int = field(default=0)
    full_at: Position | None = None
    """The entry after which there is enough; none where there are no more before the end of the look."""
    stop: Stop | None = None


def _taken(view: LogView, entries: Iterator[Recorded | UnreadableEvent], batch_entries: int) -> _Taken:
    taken = _Taken({write: [] for write in view.writes})
    for count, entry in enumerate(entries, start=1):
        changes = _changes(view, entry)
        if isinstance(changes, Stop):
            taken.stop = changes
            break
        for write, rows in changes:
            taken.by_write[write] += rows
            taken.rows += len(rows)
        if count == batch_entries or taken.rows >= BATCH_ROWS:
            taken.full_at = entry.position
            break
    return taken


def _changes(view: LogView, entry: Recorded | UnreadableEvent) -> Sequence[Change] | Stop:
    if isinstance(entry, UnreadableEvent):
        return Stop(entry.position, entry.sentence)
    try:
        return list(view.changes(entry))
    except Exception as error:  # noqa: BLE001  # the changes do no I/O: what they raise is about this entry, and it is told, not lost
        return Stop(entry.position, f"Entry {entry.position} of {entry.stream} cannot be taken in: {type(error).__name__}: {error}.")


def _entries(store: Store, after: Position, upto: Position, prefixes: Sequence[str]) -> Iterator[Recorded | UnreadableEvent]:
    """Return the entries of some streams in order, up to one that cannot be read, which stands in its place."""
    return merge(*(_readable(store.log(after, upto, prefix)) for prefix in prefixes), key=attrgetter("position"))


def _readable(entries: Iterator[Recorded]) -> Iterator[Recorded | UnreadableEvent]:
    try:
        yield from entries
    except UnreadableEvent as error:
        yield error
