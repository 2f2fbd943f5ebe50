"""Following the log: what new entries write is written together with the checkpoint, for views of either kind."""

from collections.abc import Callable

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from domain.events import Position
from domain.store.contract import Store
from projections.tables import checkpoints
from projections.tables.checkpoints import Checkpoint
from projections.tables.database import Database
from projections.tables.log_step import LogTarget
from projections.tables.log_view import LogView
from projections.tables.model_step import Target
from projections.tables.step import Step, write_rows
from projections.tables.view import View

BATCH_ENTRIES = 2000
"""Entries of the log that are taken in by one transaction."""

AnyView = View | LogView
AnyTarget = Target | LogTarget


class _RowsRefused(Exception):
    """The database has a row of the same key already: an entry says again what another has said."""


def own(view: AnyView) -> AnyTarget:
    """Return a view's own tables as they follow the log."""
    return Target(view, view.table) if isinstance(view, View) else LogTarget.own(view)


def follow(
    database: Database,
    target: AnyTarget,
    store: Store,
    batch_entries: int = BATCH_ENTRIES,
    reached: Callable[[Position], None] | None = None,
) -> bool:
    """Take in all that the log has, or all before the entry that stops the view, and tell whether there was anything.

    `reached` is told the position after each transaction.
    """
    moved = False
    while True:
        start, head = _checkpoint(database, target), store.head()
        step = target.step(store, start, head, batch_entries) if start.position < head.position else None
        if step is None or step.reached == start:
            return moved
        try:
            written = _write(database, target, step, start)
        except _RowsRefused as error:
            if batch_entries > 1:  # Nearer to the entry of which they are.
                batch_entries //= 2
                continue
            step = _stopped(store, step.reached.position, error)
            written = _write(database, target, step, start)
        if written:
            moved = moved or step.reached.position > start.position
            if reached:
                reached(step.reached.position)
            if step.reached.stopped_at is not None:
                return moved


def begin_again(database: Database, target: AnyTarget, seen: Checkpoint) -> None:
    """Empty tables that follow another log, unless somebody did so since their checkpoint was read."""
    with database.writing() as connection:
        if checkpoints.read(connection, target.name) == seen:
            for table in target.tables:
                connection.execute(delete(table))
            checkpoints.forget(connection, target.name)


def _checkpoint(database: Database, target: AnyTarget) -> Checkpoint:
    with database.reading() as connection:
        return checkpoints.read(connection, target.name)


def _write(database: Database, target: AnyTarget, step: Step, start: Checkpoint) -> bool:
    """Write rows and checkpoint together, unless another follower has come before us.

    Raises:
        _RowsRefused: the database refuses a row; nothing is written.
    """
    with database.writing() as connection:
        if checkpoints.read(connection, target.name) != start:
            return False
        try:
            for written in step.written:
                write_rows(connection, written.statement, written.rows)
        except IntegrityError as error:
            raise _RowsRefused from error.orig
        checkpoints.write(connection, target.name, step.reached)
    return True


def _stopped(store: Store, position: Position, refused: _RowsRefused) -> Step:
    before, reason = position - 1, f"The rows of entry {position} are refused: {refused.__cause__}."
    return Step(Checkpoint(before, checkpoints.recorded_at(store, before), position, reason), ())
