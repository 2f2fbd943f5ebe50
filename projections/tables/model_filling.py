"""Filling tables of models from the whole log, stream by stream: each history is read but once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert

from domain.events import Position
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from domain.streams import MODELS
from projections.tables import checkpoints
from projections.tables.checkpoints import Checkpoint
from projections.tables.columns import Row
from projections.tables.database import Database
from projections.tables.model_step import CannotTakeIn, Target, rows_of
from projections.tables.step import Stop, write_rows
from projections.tables.subject import Subject

Progress = Callable[[int, int], None]
"""Told how many entries of the log have been read, of how many."""

FLUSH_ROWS = 5000
"""Rows that are in memory at a time, for each view."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the log is read, and the entry that a view cannot take in, if it is read no further because of that."""

    upto: Position
    stop: Stop | None = None

    def before(self, error: CannotTakeIn) -> "Reach":
        """Return the way up to what cannot be taken in."""
        return Reach(error.first - 1, error.stop)


@dataclass
class Filling:
    """A table that is being filled."""

    target: Target
    rows: list[Row] = field(default_factory=list)
    failed: CannotTakeIn | None = None

    def take_in(self, subject: Subject) -> None:
        """Add a model's rows, unless an earlier model has failed."""
        if self.failed is None:
            try:
                self.rows += rows_of(self.target.view, subject, after=0)
            except CannotTakeIn as error:
                self.failed = error


def fill(database: Database, targets: Sequence[Target], store: Store, progress: Progress) -> None:
    """Fill tables of models in one pass; those that cannot take an entry in are filled again, up to that entry."""
    ways = [(targets, Reach(store.head().position))]
    while ways:
        together, reach = ways.pop()
        fillings = [Filling(target) for target in together]
        _pass(database, fillings, store, reach, progress)
        ways += [((filling.target,), reach.before(filling.failed)) for filling in fillings if filling.failed]


def _pass(database: Database, fillings: Sequence[Filling], store: Store, reach: Reach, progress: Progress) -> None:
    for filling in fillings:
        with database.writing() as connection:
            connection.execute(filling.target.table.delete())
    stop = reach.stop
    at = checkpoints.recorded_at(store, reach.upto)
    reached = Checkpoint(reach.upto, at, stop.position if stop else None, stop.reason if stop else None)
    read = 0
    try:
        for history in store.by_stream(reach.upto, MODELS):
            subject = Subject(history)
            for filling in fillings:
                filling.take_in(subject)
                if len(filling.rows) >= FLUSH_ROWS:
                    _flush(database, filling)
                    progress(read, reach.upto)
            read += len(history)
    except UnreadableEvent as error:
        first = _first_unreadable(store, error)
        for filling in fillings:
            filling.failed = CannotTakeIn(first.position, Stop(first.position, first.sentence))
    for filling in fillings:
        _flush(database, filling, None if filling.failed else reached)
    progress(reach.upto, reach.upto)


def _first_unreadable(store: Store, found: UnreadableEvent) -> UnreadableEvent:
    """Return the first in the order of the log: streams were read in the order of their names."""
    try:
        for _ in store.log(0, found.position, MODELS):
            pass
    except UnreadableEvent as first:
        return first
    return found


def _flush(database: Database, filling: Filling, reached: Checkpoint | None = None) -> None:
    rows, filling.rows = filling.rows, []
    with database.writing() as connection:
        write_rows(connection, insert(filling.target.table), rows)
        if reached:
            checkpoints.write(connection, filling.target.name, reached)
