"""Building views anew: a second table is filled beside each, stream by stream, and takes its place in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_hex

from sqlalchemy import MetaData
from sqlalchemy.schema import CreateTable

from domain.events import Position
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from domain.streams import MODELS
from projections.tables import checkpoints, schema
from projections.tables.checkpoints import Checkpoint
from projections.tables.columns import Row
from projections.tables.database import Database
from projections.tables.errors import RebuildOvertaken, ViewsFault
from projections.tables.follow import CannotTakeIn, Stop, Target, follow, insert_rows, rows_of
from projections.tables.subject import Subject
from projections.tables.view import View

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


def rebuild(database: Database, views: Sequence[View], store: Store, progress: Progress | None = None) -> None:
    """Build views anew, while others read the old ones and follow the log.

    Raises:
        RebuildOvertaken: another rebuild began meanwhile, and goes on.
    """
    token = token_hex(4)
    targets = [Target(view, view.table.to_metadata(MetaData(), name=f"{_stem(view)}{token}")) for view in views]
    _begin(database, targets)
    try:
        _fill(database, targets, store, progress or _silent)
        while not _put_in_place(database, targets, store):
            for target in targets:
                follow(database, target, store)
    except ViewsFault as error:
        if any(_is_gone(database, target) for target in targets):
            raise RebuildOvertaken(database.name) from error
        raise


def _stem(view: View) -> str:
    return f"{view.name}__rebuild_"


def _begin(database: Database, targets: Sequence[Target]) -> None:
    """Drop what an interrupted rebuild left, or takes away from one that runs, and create the tables to be filled."""
    with database.writing() as connection:
        for target in targets:
            for name in schema.tables(connection, _stem(target.view)):
                schema.drop_table(connection, name)
                checkpoints.forget(connection, name)
            connection.execute(CreateTable(target.table))


def _fill(database: Database, targets: Sequence[Target], store: Store, progress: Progress) -> None:
    """Fill the tables in one pass; those that cannot take an entry in are filled again, up to that entry."""
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
    reached = Checkpoint(reach.upto, None, reach.stop.position if reach.stop else None, reach.stop.reason if reach.stop else None)
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
            if reached.recorded_at is None or history[-1].recorded_at > reached.recorded_at:
                reached = replace(reached, recorded_at=history[-1].recorded_at)
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
        insert_rows(connection, filling.target.table, rows)
        if reached:
            checkpoints.write(connection, filling.target.name, reached)


def _put_in_place(database: Database, targets: Sequence[Target], store: Store) -> bool:
    """Swap all tables in, unless one in whose place they are to come has come further meanwhile."""
    head = store.head().position  # A table that is ahead even of that follows another log.
    with database.writing() as connection:
        built = [checkpoints.read(connection, target.name) for target in targets]
        for target, reached in zip(targets, built, strict=True):
            live = checkpoints.read(connection, target.view.name)
            if reached.stopped_at is None and reached.position < live.position <= head:
                return False
        for target, reached in zip(targets, built, strict=True):
            schema.put_in_place(connection, target.view, target.table)
            checkpoints.forget(connection, target.name)
            checkpoints.write(connection, target.view.name, reached)
    return True


def _is_gone(database: Database, target: Target) -> bool:
    with database.reading() as connection:
        return target.name not in schema.tables(connection, target.name)


def _silent(_read: int, _of: int) -> None:
    """Show no progress."""
