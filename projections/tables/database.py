"""The database of the views: a SQLite file beside the log's, or memory. Writing here never keeps the log's writer waiting."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from projections.tables import schema
from projections.tables.errors import NotViews, ViewsFailed, ViewsFault, ViewsLocked, ViewsNotBuilt, ViewsUnreachable
from projections.tables.log_view import LogView
from projections.tables.view import View

BUSY_SECONDS = 5.0
"""How long another process may hold the file before we give up."""

CACHE_KILOBYTES = 16_000
"""Memory that a connection may hold pages in: rows of people come in no order, and each new one changes another page of their index."""

_FILE_LENGTH_MIN = 512
"""Length of the smallest page, in bytes."""


class Database:
    """A place for views. Threads may share it."""

    def __init__(self, path: Path | None, views: Sequence[View | LogView], *, read_only: bool) -> None:
        """Open it, and create what is missing unless it is only to be read.

        Raises:
            ViewsFault: it cannot be opened, or is something else.
        """
        self.name = str(path) if path else "in memory"
        self._path = path
        self._read_only = read_only
        # In memory there is one connection, which all share in turn.
        self._turn: AbstractContextManager[object] = nullcontext() if path else RLock()
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool if path else StaticPool)
        event.listen(self._engine, "begin", _begin)
        try:
            self._check_place()
            self._prepare(views)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Ask questions of the database as of one moment.

        Raises:
            ViewsFault: it cannot answer.
        """
        with self._turn, self._faults(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write all of it, or, leaving by an exception, none.

        Raises:
            ViewsFault: it cannot be written.
        """
        with self._transaction() as connection:
            if not schema.is_current(connection, self.name):
                raise ViewsNotBuilt(self.name, "another version has made them anew meanwhile")
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._turn, self._faults(), self._engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    def _check_place(self) -> None:
        if self._path is None:
            return
        if self._path.is_dir():
            raise ViewsUnreachable(self.name, "it is a folder")
        if not self._path.exists():
            if self._read_only:
                raise ViewsNotBuilt(self.name, "there is no such file")
        # SQLite takes a file of one byte for an empty one, and would overwrite it.
        elif 0 < self._path.stat().st_size < _FILE_LENGTH_MIN:
            raise NotViews(self.name, "it is no SQLite database")

    def _prepare(self, views: Sequence[View | LogView]) -> None:
        with self.reading() as connection:
            current = schema.is_current(connection, self.name)
        if current:
            return
        if self._read_only:
            raise ViewsNotBuilt(self.name, "the file is empty, or of another version")
        with self._faults(), closing(self._connect()) as raw:
            raw.execute("PRAGMA journal_mode = WAL")
        with self._transaction() as connection:
            if not schema.is_current(connection, self.name):  # Another process may have been faster.
                schema.begin_anew(connection, views)

    def _connect(self) -> sqlite3.Connection:
        """Open a connection, which any thread may use, one at a time, and which begins no transaction by itself."""
        target = f"{self._path.absolute().as_uri()}?{self._mode(self._path)}" if self._path else ":memory:"
        connection = sqlite3.connect(target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
        return connection

    def _mode(self, path: Path) -> str:
        if not self._read_only:
            return "mode=rwc"
        # Without its -wal nobody writes to the file, and one who only reads leaves nothing beside it.
        return "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _fault_of(error, self.name) from error
        except sqlite3.Error as error:
            raise _fault_of_sqlite(error, self.name) from error


def _begin(connection: Connection) -> None:
    # A transaction that begins by reading can find, when it comes to write, that another has written: then it could only fail.
    cursor = connection.connection.cursor()  # Past what is done for every statement, for most questions begin with this one.
    cursor.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")
    cursor.close()


def _fault_of(error: DBAPIError, path: str) -> ViewsFault:
    return _fault_of_sqlite(error.orig, path)


def _fault_of_sqlite(error: BaseException | None, path: str) -> ViewsFault:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_NOTADB:
            return NotViews(path, "it is no SQLite database")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ViewsLocked(path)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ViewsUnreachable(path, "the file, or what SQLite keeps beside it, may not be opened or made here; check the permissions")
        case _:
            return ViewsFailed(path, str(error).rstrip("."))
