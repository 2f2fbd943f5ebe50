"""Following the log: the models that new entries are about get their rows anew, together with the checkpoint.

Nothing here looks at types of events: the names of streams tell the models, and the rules tell the rest, which answer for every type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Table, bindparam, delete, insert

from domain.events import Position
from domain.recorded import Head, Recorded
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from domain.streams import MODELS, key_of
from projections.tables import checkpoints
from projections.tables.checkpoints import Checkpoint
from projections.tables.columns import Row
from projections.tables.database import Database
from projections.tables.subject import Subject
from projections.tables.view import View

BATCH_ENTRIES = 2000
"""Entries of the log that are taken in by one transaction."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table that follows the log for a view: the view's own, or one that is being built beside it."""

    view: View
    table: Table

    @property
    def name(self) -> str:
        """The name under which its checkpoint is kept."""
        return self.table.name


@dataclass(frozen=True, slots=True)
class Stop:
    """The entry that cannot be taken in."""

    position: Position
    reason: str


@dataclass(eq=False)
class CannotTakeIn(Exception):
    """A view cannot take in what stands in the log from a position on."""

    first: Position
    stop: Stop


@dataclass(frozen=True, slots=True)
class Batch:
    """The next entries about models, in order."""

    entries: Sequence[tuple[Position, str, datetime]]
    """Position, stream and instant of each."""
    upto: Position
    """How far the log was looked through; the last entries of that may be about something else."""
    stop: Stop | None = None

    def before(self, position: Position, stop: Stop) -> "Batch":
        """Return what comes before an entry that stops the view."""
        return Batch([entry for entry in self.entries if entry[0] < position], position - 1, stop)

    def models(self) -> dict[str, Position]:
        """Return the streams that it goes on with, each with its first entry here."""
        return {stream: position for position, stream, _ in reversed(self.entries)}

    def checkpoint(self, start: Checkpoint) -> Checkpoint:
        """Return how far a view is that has taken it in."""
        recorded_at = self.entries[-1][2] if self.entries else start.recorded_at
        stop = self.stop
        return Checkpoint(self.upto, recorded_at, stop.position if stop else None, stop.reason if stop else None)


def follow(database: Database, target: Target, store: Store, batch_entries: int = BATCH_ENTRIES) -> bool:
    """Take in all that the log has, or all before the entry that stops the view, and tell whether there was anything."""
    moved = False
    while True:
        with database.reading() as connection:
            start = checkpoints.read(connection, target.name)
        head = store.head()
        if start.position >= head.position:
            return moved
        batch, rows = _taken_in(target.view, store, _next(store, start.position, head, batch_entries))
        reached = batch.checkpoint(start)
        if reached == start:
            return moved
        if _write(database, target, batch, rows, start, reached):
            moved = moved or reached.position > start.position
            if reached.stopped_at is not None:
                return moved


def begin_again(database: Database, target: Target, seen: Checkpoint) -> None:
    """Empty a table that follows another log, unless somebody did so since its checkpoint was read."""
    with database.writing() as connection:
        if checkpoints.read(connection, target.name) == seen:
            connection.execute(delete(target.table))
            checkpoints.forget(connection, target.name)


def insert_rows(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Write rows, many at a time."""
    if rows:
        # Past the ORM's care for each value, which takes longer than the insert itself: rows hold only what drivers take as it is.
        connection.exec_driver_sql(str(insert(table).compile(dialect=connection.dialect)), rows)


def history_of(store: Store, stream: str, upto: Position) -> Sequence[Recorded]:
    """Return a stream's events up to a position.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    try:
        return store.history(stream, upto)
    except UnreadableEvent as error:
        if error.position <= upto:
            raise
        return next(iter(store.by_stream(upto, stream)))  # Reads no further than it has to; the first that begins so is the stream.


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
    entries: list[tuple[Position, str, datetime]] = []
    try:
        for entry in islice(store.log(after, head.position, MODELS), batch_entries):
            entries.append((entry.position, entry.stream, entry.recorded_at))  # noqa: PERF401  # those before an unreadable one count
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
        history = history_of(store, stream, upto)
    except UnreadableEvent as error:
        raise CannotTakeIn(first, Stop(error.position, error.sentence)) from error
    return rows_of(view, Subject(history), first - 1)


def _write(database: Database, target: Target, batch: Batch, rows: list[Row], start: Checkpoint, reached: Checkpoint) -> bool:
    """Write rows and checkpoint together, unless another follower has come before us."""
    with database.writing() as connection:
        if checkpoints.read(connection, target.name) != start:
            return False
        table = target.table
        keys = [key_of(stream) for stream in batch.models()]
        if keys:
            of_model = (table.c.catalog == bindparam("of_catalog"), table.c.model == bindparam("of_model"))
            connection.execute(delete(table).where(*of_model), [{"of_catalog": key.catalog, "of_model": key.model} for key in keys])
        insert_rows(connection, table, rows)
        checkpoints.write(connection, target.name, reached)
    return True
