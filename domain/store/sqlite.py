"""The store on SQLite: one file, one writer at a time, any number of readers."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from domain.clock import Clock, system_clock
from domain.events import Position
from domain.recorded import Head, Outline, Recorded
from domain.store import sqlite_rows, sqlite_schema
from domain.store.answer import Answer
from domain.store.contract import Kept
from domain.store.errors import NotALedger, StoreReadOnly
from domain.store.group import Work
from domain.store.sqlite_connections import Connections
from domain.store.sqlite_database import SqliteDatabase
from domain.store.sqlite_evidence import SqliteEvidence
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_place import Place
from domain.store.sqlite_recorder import LedgerRecorder
from domain.store.stream_cache import StreamCache
from domain.store.writer import GroupWriter

T = TypeVar("T")

BUSY_SECONDS = 5.0
"""How long another process may hold the file before we give up."""

PAGE_LENGTH = 1000
"""Entries of the log that are in memory at a time."""


class SqliteStore:
    """An append-only log in a SQLite file, or in `:memory:`. Close it when done."""

    def __init__(
        self, path: str | Path, clock: Clock = system_clock, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        """Open a ledger, or begin one. Read-only, nothing is created or changed, and nothing beside the file either.

        Raises:
            StoreFault: it cannot be opened, is no ledger, or is of a later version.
        """
        place = Place(path, read_only=read_only, busy_seconds=busy_seconds)
        place.check()
        self._place = place
        self._cache = StreamCache()
        self._connections = Connections(place)
        self.evidence = SqliteEvidence(self._connections, read_only=read_only)
        self._writer: GroupWriter | None = None
        try:
            if read_only:
                self._connections.read(self._check_ledger)
            else:
                self._writer = self._open_writer(clock)
        except BaseException:
            self._connections.close()
            raise

    def submit(self, key: str, work: Work[T]) -> Answer[T]:
        """Queue work for the writer; the future is done after COMMIT.

        Raises:
            StoreReadOnly: the store was opened for reading.
            StoreClosed: the store was closed.
        """
        if self._writer is None:
            raise StoreReadOnly(self._place.name)
        return self._writer.submit(key, work)

    def transact(self, key: str, work: Work[T]) -> T:
        """Submit work and wait for its outcome. Work cannot do so itself: it would wait for its own end."""
        if self._writer is not None:
            self._writer.check_may_wait()
        return self.submit(key, work).result()

    def head(self) -> Head:
        """Return the end of the log as committed."""
        return self._connections.read(lambda connection: sqlite_rows.read_head(connection.execute))

    def head_at(self, instant: datetime) -> Head:
        """Return the last entry recorded at or before an instant."""
        return self._connections.read(lambda connection: sqlite_rows.read_head_at(connection.execute, instant))

    def history(self, stream: str, upto: Position | None = None) -> Sequence[Recorded]:
        """Return a stream's committed events, in order, those up to a position if one is given."""
        events = self._connections.read(lambda connection: self._read_stream(connection, stream))
        if upto is None:
            return events
        return tuple(event for event in events if event.position <= upto)

    def log(self, after: Position = 0, upto: Position | None = None, stream_prefix: str = "") -> Iterator[Recorded]:
        """Follow the committed log in order, a page at a time; no transaction is open between pages."""
        last = sqlite_rows.POSITION_MAX if upto is None else min(upto, sqlite_rows.POSITION_MAX)
        while after < last:
            rows = self._read_page(after, last, stream_prefix)
            yield from map(sqlite_rows.recorded, rows)
            if len(rows) < PAGE_LENGTH:
                return
            after = rows[-1][0]

    def outline(self, after: Position, upto: Position) -> Iterator[Outline]:
        """Follow the committed log in order without reading its events; no transaction is open between pages."""
        last = min(upto, sqlite_rows.POSITION_MAX)
        rows = self._read_outline(after, last)
        while rows:
            for position, stream, version, recorded_at in rows:
                yield Outline(position, stream, version, sqlite_rows.parse_recorded_at(recorded_at))
            rows = self._read_outline(rows[-1][0], last)

    def by_stream(self, upto: Position, stream_prefix: str = "") -> Iterator[Sequence[Recorded]]:
        """Go through the committed log up to a position, stream by stream; no transaction is open between pages."""
        for _, entries in groupby(self._in_stream_order(upto, stream_prefix), key=lambda entry: entry.stream):
            yield tuple(entries)

    def streams(self, prefix: str) -> Sequence[str]:
        """Return the names of all streams that start with a prefix, sorted."""
        return self._connections.read(lambda connection: sqlite_rows.read_streams(connection.execute, prefix))

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key, if there is one."""
        return self._connections.read(lambda connection: sqlite_rows.read_kept(connection.execute, key))

    def schema_version(self) -> int:
        """Return the version of the tables as the file itself has it."""
        return self._connections.read(sqlite_schema.version_of)

    def copy_to(self, path: Path) -> None:
        """Copy the ledger, as committed at one moment, into a new file. Writers need not stop."""
        target = sqlite3.connect(path)
        try:
            self._connections.read(lambda connection: connection.backup(target))
        finally:
            target.close()

    def close(self) -> None:
        """Finish what is queued and let go of the file."""
        if self._writer is not None:
            self._writer.close()
        self._connections.close()

    def _commit(self, connection: sqlite3.Connection) -> None:
        """Ask for the COMMIT: the one place where its answer can be lost."""
        connection.execute("COMMIT")

    def _open_writer(self, clock: Clock) -> GroupWriter:
        recorder = LedgerRecorder(self._connections)
        try:
            connection = self._connections.writer("rwc")
            try:
                sqlite_schema.prepare(connection, recorder.create_table_statements, self._place.name)
                self._place.check_unmoved()
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise fault_of(error, self._place.name) from error
        database = SqliteDatabase(self._connections, recorder, self._cache, connection, self._commit)
        return GroupWriter(database, clock)

    def _check_ledger(self, connection: sqlite3.Connection) -> None:
        if sqlite_schema.is_empty(connection, self._place.name):
            raise NotALedger(self._place.name, "it is empty")

    def _read_stream(self, connection: sqlite3.Connection, stream: str) -> tuple[Recorded, ...]:
        # In memory the writer's own work sees here what it has not committed yet.
        committed = 0 if connection.in_transaction else sqlite_rows.POSITION_MAX
        return sqlite_rows.read_stream(connection.execute, stream, self._cache, committed)

    def _in_stream_order(self, upto: Position, prefix: str) -> Iterator[Recorded]:
        rows = self._read_page_by_stream(("", 0), upto, prefix)
        while rows:
            yield from map(sqlite_rows.recorded, rows)
            rows = self._read_page_by_stream((rows[-1][1], rows[-1][2]), upto, prefix)

    def _read_page_by_stream(self, after: tuple[str, int], upto: Position, prefix: str) -> Sequence[sqlite_rows.Row]:
        last = min(upto, sqlite_rows.POSITION_MAX)
        return self._connections.read(
            lambda connection: sqlite_rows.read_page_by_stream(connection.execute, after, last, prefix, PAGE_LENGTH)
        )

    def _read_outline(self, after: Position, last: Position) -> Sequence[tuple[int, str, int, str]]:
        return self._connections.read(lambda connection: sqlite_rows.read_outline(connection.execute, after, last, PAGE_LENGTH))

    def _read_page(self, after: Position, last: Position, prefix: str) -> Sequence[sqlite_rows.Row]:
        return self._connections.read(lambda connection: sqlite_rows.read_page(connection.execute, after, last, prefix, PAGE_LENGTH))
