"""Comma-separated tables, read as streams: one row is held at a time."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from api.importers.readers.document import LINE_BYTES_MAX, Document
from api.importers.readers.errors import DocumentEmpty, DocumentOfOtherKind
from api.importers.readers.markup import plain
from api.importers.readers.reading import Found, Reading, SkippedTable, UnreadableRow
from api.importers.readers.rows import RawRow, is_empty, misshapen, read_row
from api.importers.readers.tables import Conventions, Heading, Layout

_SEPARATORS = ",;\t"


def read_csv(document: Document, conventions: Conventions) -> Reading:
    """Read a table with a header line; cells are separated by commas, semicolons or tabs, whichever the header has most of.

    Raises:
        UnrecognisedTable: the columns do not say what the table means.
    """
    header = _header(document)
    heading = Heading(document.name, header.line, in_page=False)
    if conventions.about_something_else(heading, header.cells):
        return iter([SkippedTable(header.line, document.name, sum(1 for record in _records(document) if record.line > header.line))])
    return _rows(document, header, conventions.layout(heading, header.cells))


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    raw: str
    cells: Sequence[str]
    problem: str | None = None


def _header(document: Document) -> _Record:
    for record in _records(document):
        if record.problem:
            advice = f"Its header, line {record.line}, cannot be read: {record.problem}."
            raise DocumentOfOtherKind(document.name, "no table of comma-separated values", advice)
        return record
    raise DocumentEmpty(document.name)


def _rows(document: Document, header: _Record, layout: Layout) -> Iterator[Found]:
    width = len(layout.meanings)
    for record in _records(document):
        if record.line <= header.line:
            continue
        if record.problem:
            yield UnreadableRow(record.line, record.raw, record.problem)
        elif problem := misshapen(record.line, record.raw, record.cells, width):
            yield problem
        else:
            yield from read_row(RawRow(record.line, record.raw, layout.cells([plain(text) for text in record.cells])))


def _records(document: Document) -> Iterator[_Record]:
    """Yield each record that is not empty, with the line at which it starts."""
    separator = _separator(document)
    with document.text_stream() as stream:
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            try:
                record = lines.taken(next(reader))
            except StopIteration:
                return
            except csv.Error as problem:
                record = lines.taken([], f"{problem}, in the row from line {lines.first} to {lines.number}; check its quotation marks")
                reader = csv.reader(lines, delimiter=separator, strict=True)
            if record.problem or not is_empty(record.cells):
                yield record


def _separator(document: Document) -> str:
    with document.text_stream() as stream:
        header = next((line for line in stream if line.strip()), "")
    return max(_SEPARATORS, key=header.count)


@dataclass(slots=True)
class _Lines:
    """Hands lines to the parser and keeps those of the row that it is in."""

    source: Iterator[str]
    number: int = 0
    _held: list[str] = field(default_factory=list)
    _length: int = 0

    @property
    def first(self) -> int:
        """Line at which the row starts."""
        return self.number - len(self._held) + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.source)
        self.number += 1
        self._held.append(line)
        self._length += len(line)
        if self._length > LINE_BYTES_MAX:
            message = "a row is longer than any should be"
            raise csv.Error(message)
        return line

    def taken(self, cells: Sequence[str], problem: str | None = None) -> _Record:
        """Close the row, and let go of its lines."""
        record = _Record(self.first, "".join(self._held).rstrip("\r\n"), cells, problem)
        self._held.clear()
        self._length = 0
        return record
