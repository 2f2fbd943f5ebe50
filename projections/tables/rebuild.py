"""Building views anew: second tables are filled beside each one's, and take their place in one transaction.

Those of models are filled stream by stream, which reads each history but once; those that grow with the log follow it from its beginning.
"""

from collections.abc import Sequence
from secrets import token_hex

from sqlalchemy import MetaData
from sqlalchemy.schema import CreateTable

from domain.events import Position
from domain.store.contract import Store
from projections.tables import checkpoints, schema
from projections.tables.database import Database
from projections.tables.errors import RebuildOvertaken, ViewsFault
from projections.tables.follow import AnyTarget, AnyView, follow
from projections.tables.log_step import LogTarget
from projections.tables.model_filling import Progress, fill
from projections.tables.model_step import Target
from projections.tables.view import View


def rebuild(database: Database, views: Sequence[AnyView], store: Store, progress: Progress | None = None) -> None:
    """Build views anew, while others read the old ones and follow the log.

    Raises:
        RebuildOvertaken: another rebuild began meanwhile, and goes on.
    """
    token = token_hex(4)
    targets = [_beside(view, token) for view in views]
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


def _beside(view: AnyView, token: str) -> AnyTarget:
    tables = {table.name: table.to_metadata(MetaData(), name=f"{_stem(table.name)}{token}") for table in view.tables}
    return Target(view, tables[view.name]) if isinstance(view, View) else LogTarget(view, f"{_stem(view.name)}{token}", tables)


def _stem(name: str) -> str:
    return f"{name}__rebuild_"


def _begin(database: Database, targets: Sequence[AnyTarget]) -> None:
    """Drop what an interrupted rebuild left, or takes away from one that runs, and create the tables to be filled."""
    with database.writing() as connection:
        for target in targets:
            checkpoints.forget_beside(connection, _stem(target.view.name))
            for table in target.view.tables:
                for name in schema.tables(connection, _stem(table.name)):
                    schema.drop_table(connection, name)
            for table in target.tables:
                connection.execute(CreateTable(table))


def _fill(database: Database, targets: Sequence[AnyTarget], store: Store, progress: Progress) -> None:
    """Read the log once for all views of models, and once for each of the others; the progress is that of all together."""
    of_models = [target for target in targets if isinstance(target, Target)]
    growing = [target for target in targets if isinstance(target, LogTarget)]
    readings = bool(of_models) + len(growing)
    if of_models:
        fill(database, of_models, store, lambda read, of: progress(read // readings, of))
    for before, target in enumerate(growing, start=bool(of_models)):

        def told(position: Position, before: int = before) -> None:
            head = store.head().position
            progress((before * head + position) // readings, head)

        follow(database, target, store, reached=told)


def _put_in_place(database: Database, targets: Sequence[AnyTarget], store: Store) -> bool:
    """Swap all tables in, unless one in whose place they are to come has come further meanwhile."""
    head = store.head().position  # A table that is ahead even of that follows another log.
    with database.writing() as connection:
        built = [checkpoints.read(connection, target.name) for target in targets]
        for target, reached in zip(targets, built, strict=True):
            live = checkpoints.read(connection, target.view.name)
            if reached.stopped_at is None and reached.position < live.position <= head:
                return False
        for target, reached in zip(targets, built, strict=True):
            schema.put_in_place(connection, target.view, target.tables)
            checkpoints.forget(connection, target.name)
            checkpoints.write(connection, target.view.name, reached)
    return True


def _is_gone(database: Database, target: AnyTarget) -> bool:
    with database.reading() as connection:
        return any(table.name not in schema.tables(connection, table.name) for table in target.tables)


def _silent(_read: int, _of: int) -> None:
    """Show no progress."""
