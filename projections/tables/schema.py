"""The tables of the views in their file, and how that file is told from others."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateIndex, CreateTable, CreateView, DropTable

from projections.tables import checkpoints
from projections.tables.errors import NotViews
from projections.tables.log_view import LogView
from projections.tables.view import View

APPLICATION_ID = 0x4C434C56
"""`LCLV`, in the file's header: these are the views of a lifecycle ledger."""

VIEWS_VERSION = 2
"""To be raised whenever a view's columns or its rows change: views of another version are thrown away, and filled from the log."""


def is_current(connection: Connection, path: str) -> bool:
    """Tell views of this version from nothing at all, and from views of another version.

    Raises:
        NotViews: the database is something else.
    """
    application_id, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if application_id == APPLICATION_ID:
        return version == VIEWS_VERSION
    if (application_id, version, _names(connection)) != (0, 0, []):
        raise NotViews(path, "it is the database of another application")
    return False


def begin_anew(connection: Connection, views: Sequence[View | LogView]) -> None:
    """Drop whatever an earlier version left, and create empty tables."""
    for kind, name in sorted(_names(connection), reverse=True):  # Views go first: a table cannot go before them.
        connection.exec_driver_sql(f'DROP {kind} IF EXISTS "{name}"')
    connection.execute(CreateTable(checkpoints.TABLE))
    for view in views:
        for table in view.tables:
            connection.execute(CreateTable(table))
        finish(connection, view)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VIEWS_VERSION}")


def put_in_place(connection: Connection, view: View | LogView, built: Sequence[Table]) -> None:
    """Let tables that were built beside a view's, in the same order, take their place."""
    if isinstance(view, View):  # A rename refuses to go past a SQL view whose table is gone.
        connection.exec_driver_sql(f"DROP VIEW {_now_name(view)}")
    for table, new in zip(view.tables, built, strict=True):
        connection.execute(DropTable(table))
        connection.exec_driver_sql(f"ALTER TABLE {new.name} RENAME TO {table.name}")
    finish(connection, view)


def finish(connection: Connection, view: View | LogView) -> None:
    """Create what stands on a view's tables: their indexes, and its SQL view."""
    for table in view.tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))
    if isinstance(view, View):
        connection.execute(CreateView(view.now, _now_name(view)))


def tables(connection: Connection, stem: str) -> Sequence[str]:
    """Return the names of the tables that begin with a stem."""
    return [name for kind, name in _names(connection) if kind == "TABLE" and name.startswith(stem)]


def drop_table(connection: Connection, name: str) -> None:
    """Drop a table, with its indexes."""
    connection.exec_driver_sql(f'DROP TABLE "{name}"')


def _now_name(view: View) -> str:
    return f"{view.name}_now"


def _names(connection: Connection) -> Sequence[tuple[str, str]]:
    rows = connection.exec_driver_sql("SELECT upper(type), name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY type, name")
    return [(kind, name) for kind, name in rows]


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
