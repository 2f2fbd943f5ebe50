"""Restoring a ledger from an export: all of it or nothing, and nobody is told anything by it."""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import groupby, islice
from pathlib import Path
from typing import IO

from api.backup.errors import ExportUnreadable, PeopleThere
from api.notices.outbox import DeliveryBusy, outbox_path, switched_off
from domain.clock import Clock
from domain.people.copying import RestoringPeople, restoring_people
from domain.people.registry import people_path
from domain.proof.export_errors import ExportInvalid
from domain.proof.export_lines import LINE_BYTES_MAX, Kind, Row
from domain.store.sqlite_restore import Line, Restoring, checked, restoring

_GZIP_MAGIC = b"\x1f\x8b"
_PAGE_LENGTH = 200
_OF_PEOPLE = frozenset({Kind.PEOPLE_KEY, Kind.PERSON, Kind.CARD, Kind.WEBHOOK})

Progress = Callable[[int], None]
"""Told how many entries are done."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    position: int
    origin: str | None
    checkpoints: int
    people: int
    """Rows of what is known of people."""
    root: str
    """Of the entries' tree, in base64."""


def restore(source: IO[bytes], name: str, ledger: Path, clock: Clock, progress: Progress = lambda _: None) -> Restored:
    """Fill an empty ledger, made where there is none, with what an export holds. Until it is switched on again, it delivers no notice.

    Raises:
        ExportInvalid: the export is not whole, or not as it was written.
        ExportUnreadable: it cannot be read.
        LedgerNotEmpty: the ledger holds something already.
        PeopleThere: it brings people, and there are some.
        DeliveryBusy: a worker delivers the ledger's notices.
        StoreFault: the ledger cannot be made or written.
    """
    people, outbox = people_path(ledger), outbox_path(ledger)
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(source, name) as file, _undone(people, outbox), switched_off(outbox, clock()), restoring(ledger) as rows:
        if people.exists():
            return _restored(_lines(file, name), rows, None, ledger, progress)
        with restoring_people(people) as taking:
            return _restored(_lines(file, name), rows, taking, ledger, progress)


def _restored(lines: Iterator[bytes], rows: Restoring, people: RestoringPeople | None, ledger: Path, progress: Progress) -> Restored:
    header: Row = ()
    end: Row = ()
    for kind, group in groupby(checked(lines), key=lambda line: line.kind):
        while page := list(islice(group, _PAGE_LENGTH)):
            if kind in _OF_PEOPLE:
                _take_people(people, kind, page, ledger)
            rows.take(page)
            header, end = header or page[0].row, page[-1].row
            if kind is Kind.ENTRY:
                progress(page[-1].row[0])
    position, root, _, _, checkpoints, _, count = end
    return Restored(position, header[2], checkpoints, count, root)


def _take_people(people: RestoringPeople | None, kind: Kind, page: Sequence[Line], ledger: Path) -> None:
    if people is None:
        raise PeopleThere(str(people_path(ledger)))
    try:
        people.take(kind, [line.row for line in page])
    except ValueError as error:
        raise ExportInvalid(page[0].number, "no people's file can hold it and what follows it") from error


@contextmanager
def _unpacked(source: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """Read a file through what unpacks it, where it is compressed. Whoever opened it closes it."""
    file = BufferedReader(source)  # type: ignore[type-var]  # whatever can be read into
    try:
        try:
            packed = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
        except OSError as error:
            raise ExportUnreadable(name, error.strerror or type(error).__name__) from error
        yield gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[misc]  # both have lines
    finally:
        file.detach()


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    number = 0
    try:
        while line := file.readline(LINE_BYTES_MAX):
            number += 1
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ExportInvalid(number + 1, "the file is cut off or damaged") from error
    except OSError as error:
        raise ExportUnreadable(name, error.strerror or type(error).__name__) from error


@contextmanager
def _undone(*files: Path) -> Iterator[None]:
    """Leave nothing of files that are not there yet, should it fail."""
    new = [file for file in files if not file.exists()]
    try:
        yield
    except DeliveryBusy:
        raise  # What has come meanwhile is the worker's.
    except BaseException:
        for file in new:
            for ending in ("", "-wal", "-shm", ".lock"):
                file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)
        raise
