"""Filling an empty SQLite ledger with what another one held: byte for byte, in one transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from domain.proof.export_course import Course
from domain.proof.export_errors import ExportInvalid, LedgerNotEmpty
from domain.proof.export_lines import Kind, LineInvalid, Row, read
from domain.store import sqlite_inserting
from domain.store.sqlite import BUSY_SECONDS, SqliteStore
from domain.store.sqlite_export import check_roots
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_place import Place
from domain.store.sqlite_tables import SCHEMA_VERSION

_HOLDS = """
    SELECT EXISTS (SELECT 1 FROM stored_events) OR EXISTS (SELECT 1 FROM ledger_entries) OR EXISTS (SELECT 1 FROM command_keys)
        OR EXISTS (SELECT 1 FROM command_nodes) OR EXISTS (SELECT 1 FROM checkpoints)
"""


class Line(NamedTuple):
    """A line of an export that follows from those before it."""

    number: int
    """The first is 1."""
    kind: Kind
    row: Row
    hashes: bytes
    """What it adds to a tree."""


def checked(lines: Iterable[bytes]) -> Iterator[Line]:
    """Read the lines of an export.

    Raises:
        ExportInvalid: one is not as it was written, does not follow from those before it, or the last one is missing.
    """
    course, number = Course(SCHEMA_VERSION), 0
    for number, line in enumerate(lines, start=1):
        try:
            kind, row = read(line)
            hashes = course.add(kind, row)
        except LineInvalid as error:
            raise ExportInvalid(number, str(error)) from error
        yield Line(number, kind, row, hashes)
    if not course.ended:
        raise ExportInvalid(number + 1, "it is missing, and so is the end" if number else "the file is empty")


@dataclass(frozen=True)
class Restoring:
    """An empty ledger that takes the rows of another. They are kept when the block ends in which it was opened."""

    connection: sqlite3.Connection
    name: str

    def take(self, lines: Sequence[Line]) -> None:
        """Take lines of one kind.

        Raises:
            ExportInvalid: the ledger refuses one.
            StoreFault: it cannot be written.
        """
        try:
            self._take(lines)
        except sqlite3.Error as error:
            raise fault_of(error, self.name) from error

    def _take(self, lines: Sequence[Line]) -> None:
        match lines[0].kind:
            case Kind.ENTRY:
                self._insert(sqlite_inserting.EVENT, lines, [(row[0], row[1], row[2], row[3], row[6]) for _, _, row, _ in lines])
                self._insert(sqlite_inserting.ENTRY, lines, [(row[0], row[1], row[2], row[4], row[5]) for _, _, row, _ in lines])
                self._insert(sqlite_inserting.NODES, lines, [(row[0], hashes) for _, _, row, hashes in lines])
            case Kind.COMMAND:
                self._insert(sqlite_inserting.COMMAND, lines, [row[1:] for _, _, row, _ in lines])
                self._insert(sqlite_inserting.COMMAND_NODES, lines, [(row[0], row[1], hashes) for _, _, row, hashes in lines])
            case Kind.CHECKPOINT:
                self._check_roots(lines)
                self._insert(sqlite_inserting.CHECKPOINT, lines, [row for _, _, row, _ in lines])
            case Kind.TIMESTAMP:
                self._insert(sqlite_inserting.TIMESTAMP, lines, [row for _, _, row, _ in lines])
            case _:
                pass

    def _insert(self, statement: str, lines: Sequence[Line], rows: Sequence[Row]) -> None:
        before = self.connection.total_changes
        try:
            self.connection.executemany(statement, rows)
        except sqlite3.IntegrityError as error:  # A guard has refused a row; those before it were taken.
            line = lines[self.connection.total_changes - before]
            raise ExportInvalid(line.number, f"no ledger can hold this {line.kind} after what stands before it") from error

    def _check_roots(self, lines: Sequence[Line]) -> None:
        for line in lines:
            try:
                check_roots(self.connection.execute, self.name, line.row[2])
            except LineInvalid as error:
                raise ExportInvalid(line.number, str(error)) from error


@contextmanager
def restoring(path: Path) -> Iterator[Restoring]:
    """Open an empty ledger, which is made where there is none, to be filled; leaving by an exception, nothing is kept of it.

    Raises:
        LedgerNotEmpty: it holds something.
        StoreFault: it cannot be made or written.
    """
    is_new = not path.exists()
    SqliteStore(path).close()
    kept = False
    try:
        with _transaction(path) as found:
            yield found
        kept = True
    finally:
        if is_new and not kept:
            for ending in ("", "-wal", "-shm"):
                path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


@contextmanager
def _transaction(path: Path) -> Iterator[Restoring]:
    place = Place(path, read_only=False, busy_seconds=BUSY_SECONDS)
    try:
        connection = place.connect("rw")
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute(_HOLDS).fetchone()[0]:
                raise LedgerNotEmpty(place.name)
            yield Restoring(connection, place.name)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()  # What was not committed goes.
    except sqlite3.Error as error:
        raise fault_of(error, place.name) from error
