"""A step of a view of models: the models that new entries are about get their rows anew.

Nothing here looks at types of events: the names of streams tell the models, and the rules tell the rest, which answer for every type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Delete, Table, bindparam, delete, insert

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from domain.streams import MODELS, key_of
from projections.tables.checkpoints import Checkpoint, recorded_at
from projections.tables.columns import Row
from projections.tables.step import Step, Stop, Written, made
from projections.tables.subject import Subject
from projections.tables.view import View


@dataclass(frozen=True, slots=True)
class Target:
    """A table that follows the log for a view: the view's own, or one that is being built beside it."""

    view: View
    table: Table

    @property
    def name(self) -> str:
        """The name under which its checkpoint is kept."""
        return self.table.name

    @property
    def tables(self) -> Sequence[Table]:
        """The table."""
        return (self.table,)

    def step(self, store: Store, start: Checkpoint, head: Head, batch_entries: int) -> Step:
        """Return what the next entries make new, or those before one that cannot be taken in."""
        batch, rows = _taken_in(self.view, store, _next(store, start.position, head, batch_entries))
        keys: list[Row] = [(key.catalog, key.model) for key in map(key_of, batch.models())]
        stop = batch.stop
        reached = Checkpoint(batch.upto, recorded_at(store, batch.upto), stop.position if stop else None, stop.reason if stop else None)
        return Step(reached, (Written(made(_of_model, self.table), keys), Written(made(insert, self.table), rows)))


@dataclass(eq=False)
class CannotTakeIn(Exception):
    """A view cannot take in what stands in the log from a position on."""

    first: Position
    stop: Stop


@dataclass(frozen=True, slots=True)
class Batch:
    """The next entries about models, in order."""

    entries: Sequence[tuple[Position, str]]
    """Position and stream of each."""
    upto: Position
    """How far the log was looked through; the last entries of that may be about something else."""
    stop: Stop | None = None

    def before(self, position: Position, stop: Stop) -> "Batch":
        """Return what comes before an entry that stops the view."""
        return Batch([entry for entry in self.entries if entry[0] < position], position - 1, stop)

    def models(self) -> dict[str, Position]:
        """Return the streams that it goes on with, each with its first entry here."""
        return {stream: position for position, stream in reversed(self.entries)}


def rows_of(view: View, subject: Subject, after: Position) -> Sequence[Row]:
    """Return a view's rows about a model.

    Raises:
        CannotTakeIn: the rules fail, from one of the entries after the position on.
    """
    try:
        return view.rows(subject)
    except Exception as error:  # the rules do no I/O: what they raise is about this history, and it is told, not lost
        failing = _first_failing(view, subject.history, after)
        reason = f"The rules fail on {failing.stream} with entry {failing.position}: {type(error).__name__}: {error}."
        raise CannotTakeIn(failing.position, Stop(failing.position, reason)) from error


def _first_failing(view: View, history: Sequence[Recorded], after: Position) -> Recorded:
    for length, entry in enumerate(history[:-1], start=1):
        if entry.position > after:
            try:
                view.rows(Subject(history[:length]))
            except Exception:  # noqa: BLE001  # the caller tells of it
                return entry
    return history[-1]


def _next(store: Store, after: Position, head: Head, batch_entries: int) -> Batch:
    entries: list[tuple[Position, str]] = []
    try:
        for entry in islice(store.log(after, head.position, MODELS), batch_entries):
            entries.append((entry.position, entry.stream))  # noqa: PERF401  # those before an unreadable one count
    except UnreadableEvent as error:
        return Batch(entries, error.position - 1, Stop(error.position, error.sentence))
    return Batch(entries, entries[-1][0] if len(entries) == batch_entries else head.position)


def _taken_in(view: View, store: Store, batch: Batch) -> tuple[Batch, list[Row]]:
    """Return the rows that a batch makes new, and the batch, cut before an entry that cannot be taken in."""
    while True:
        try:
            return batch, [row for stream, first in batch.models().items() for row in _rows_at(view, store, stream, first, batch.upto)]
        except CannotTakeIn as error:
            batch = batch.before(error.first, error.stop)


def _rows_at(view: View, store: Store, stream: str, first: Position, upto: Position) -> Sequence[Row]:
    try:
        history = _history_of(store, stream, upto)
    except UnreadableEvent as error:
        raise CannotTakeIn(first, Stop(error.position, error.sentence)) from error
    return rows_of(view, Subject(history), first - 1)


def _history_of(store: Store, stream: str, upto: Position) -> Sequence[Recorded]:
    try:
        return store.history(stream, upto)
    except UnreadableEvent as error:
        if error.position <= upto:
            raise
        return next(iter(store.by_stream(upto, stream)))  # Reads no further than it has to; the first that begins so is the stream.


def _of_model(table: Table) -> Delete:
    return delete(table).where(table.c.catalog == bindparam("of_catalog"), table.c.model == bindparam("of_model"))
