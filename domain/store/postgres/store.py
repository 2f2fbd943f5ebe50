"""The store on PostgreSQL: one database, many workers, each with one writer and any number of readers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TypeVar

import psycopg

from domain.clock import Clock, system_clock
from domain.events import Position
from domain.recorded import Head, Outline, Recorded
from domain.store.answer import Answer
from domain.store.contract import Kept
from domain.store.group import Work
from domain.store.postgres import rows, schema
from domain.store.postgres.address import Address, Connection
from domain.store.postgres.connections import Connections
from domain.store.postgres.database import PostgresDatabase
from domain.store.postgres.errors import WritingRefused
from domain.store.postgres.evidence import PostgresEvidence
from domain.store.postgres.listener import Listener
from domain.store.postgres.sessions import check_lent, writing
from domain.store.sqlite_rows import POSITION_MAX, Row, parse_recorded_at, recorded
from domain.store.writer import GroupWriter

T = TypeVar("T")

BUSY_SECONDS = 10.0
"""How long other workers may hold the lock before we give up."""

PAGE_LENGTH = 1000
"""Entries of the log that are in memory at a time."""


class PostgresStore:
    """An append-only log in a PostgreSQL database that was prepared by `upgrade`. Close it when done."""

    def __init__(self, url: str, clock: Clock = system_clock, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open a ledger. Nothing is created; read-only, nothing can be written either, and a replica will do.

        Raises:
            StoreFault: it cannot be reached, is no ledger, is of another version, or is behind a pooler that lends sessions.
        """
        self._address = Address(url)
        self._busy_seconds = busy_seconds
        self._connections = Connections(self._address)
        self._listener = Listener(self._address)
        self.evidence = PostgresEvidence(self._connections, busy_seconds, read_only=read_only)
        self._writer: GroupWriter | None = None
        check_lent(self._address)
        try:
            self._connections.read(lambda connection: schema.check(connection, self._address.name, to_write=not read_only))
            if not read_only:
                database = PostgresDatabase(self._connections, self._connect, self._commit)
                self._writer = GroupWriter(database, clock)
        except BaseException:
            self._connections.close()
            raise

    @property
    def name(self) -> str:
        """What its address may be called where everybody can read it."""
        return self._address.name

    def submit(self, key: str, work: Work[T]) -> Answer[T]:
        """Queue work for the writer; the future is done after COMMIT.

        Raises:
            WritingRefused: the store was opened for reading.
            StoreClosed: the store was closed.
        """
        if self._writer is None:
            raise WritingRefused(self._address.name)
        return self._writer.submit(key, work)

    def transact(self, key: str, work: Work[T]) -> T:
        """Submit work and wait for its outcome. Work cannot do so itself: it would wait for its own end."""
        if self._writer is not None:
            self._writer.check_may_wait()
        return self.submit(key, work).result()

    def head(self) -> Head:
        """Return the end of the log as committed."""
        return self._connections.read(rows.read_head)

    def head_at(self, instant: datetime) -> Head:
        """Return the last entry recorded at or before an instant."""
        return self._connections.read(lambda connection: rows.read_head_at(connection, instant))

    def history(self, stream: str, upto: Position | None = None) -> Sequence[Recorded]:
        """Return a stream's committed events, in order, those up to a position if one is given."""
        events = self._connections.read(lambda connection: rows.read_stream(connection, stream, self._connections.cache))
        if upto is None:
            return events
        return tuple(event for event in events if event.position <= upto)

    def log(self, after: Position = 0, upto: Position | None = None, stream_prefix: str = "") -> Iterator[Recorded]:
        """Follow the committed log in order, a page at a time; no transaction is open between pages."""
        last = POSITION_MAX if upto is None else upto
        while after < last:
            page = self._read_page(after, last, stream_prefix)
            yield from map(recorded, page)
            if len(page) < PAGE_LENGTH:
                return
            after = page[-1][0]

    def outline(self, after: Position, upto: Position) -> Iterator[Outline]:
        """Follow the committed log in order without reading its events; no transaction is open between pages."""
        page = self._read_outline(after, upto)
        while page:
            for position, stream, version, recorded_at in page:
                yield Outline(position, stream, version, parse_recorded_at(recorded_at))
            page = self._read_outline(page[-1][0], upto)

    def by_stream(self, upto: Position, stream_prefix: str = "") -> Iterator[Sequence[Recorded]]:
        """Go through the committed log up to a position, stream by stream; no transaction is open between pages."""
        for _, entries in groupby(self._in_stream_order(upto, stream_prefix), key=lambda entry: entry.stream):
            yield tuple(entries)

    def streams(self, prefix: str) -> Sequence[str]:
        """Return the names of all streams that start with a prefix, sorted."""
        return self._connections.read(lambda connection: rows.read_streams(connection, prefix))

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key, if there is one."""
        return self._connections.read(lambda connection: rows.read_kept(connection, key))

    def schema_version(self) -> int:
        """Return the version of the tables as the database itself has it."""
        return self._connections.read(schema.version_of)

    @property
    def hears(self) -> bool:
        """Whether the server tells at this moment what is appended: it does once somebody has waited for it."""
        return self._listener.hears

    def wait(self, seconds: float) -> bool:
        """Wait until something is appended by anyone, at most so long; tell whether something may have been since the last time.

        This is for one follower; another one makes a `Listener` of its own.
        """
        return self._listener.wait(seconds)

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
        if self._writer is not None:
            self._writer.close()
        self._listener.close()
        self._connections.close()

    def _commit(self, connection: Connection, last: str) -> None:
        """Carry out the last statement, and ask for the COMMIT: the one place where its answer can be lost."""
        *_, answer = connection.execute(f"{last}COMMIT").results()
        if answer.statusmessage != "COMMIT":
            raise psycopg.errors.InFailedSqlTransaction("the transaction had failed before")

    def _connect(self) -> Connection:
        return writing(self._address, self._busy_seconds)

    def _in_stream_order(self, upto: Position, prefix: str) -> Iterator[Recorded]:
        page = self._read_page_by_stream(("", 0), upto, prefix)
        while page:
            yield from map(recorded, page)
            page = self._read_page_by_stream((page[-1][1], page[-1][2]), upto, prefix)

    def _read_page_by_stream(self, after: tuple[str, int], upto: Position, prefix: str) -> list[Row]:
        return self._connections.read(lambda connection: rows.read_page_by_stream(connection, after, upto, prefix, PAGE_LENGTH))

    def _read_outline(self, after: Position, upto: Position) -> list[tuple[int, str, int, str]]:
        return self._connections.read(lambda connection: rows.read_outline(connection, after, upto, PAGE_LENGTH))

    def _read_page(self, after: Position, last: Position, prefix: str) -> list[Row]:
        return self._connections.read(lambda connection: rows.read_page(connection, after, last, prefix, PAGE_LENGTH))
