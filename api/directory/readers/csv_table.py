"""Tables of comma-separated values, read as streams: one row is held at a time, as texts by the meaning of their columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from api.directory.readers.errors import HeaderNotUnderstood
from api.directory.readers.found import Unreadable
from api.directory.readers.source_file import SourceFile
from api.importers.readers.document import Document, Format, open_document
from api.importers.readers.errors import DocumentEmpty
from domain.errors import shown

_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: what they mean, and the headers by which they are known."""

    needed: Sequence[str]
    optional: Sequence[str]
    synonyms: Mapping[str, str]
    """Other headers of a column, in lower case with spaces between the words."""

    @property
    def header(self) -> str:
        """The header to write."""
        return ",".join((*self.needed, *self.optional))

    def meaning(self, header: str) -> str | None:
        """Tell what a column means."""
        words = " ".join(header.replace("_", " ").lower().split())
        name = self.synonyms.get(words, words.replace(" ", "_"))
        return name if name in self.needed or name in self.optional else None

    def fit(self, headers: Sequence[str]) -> bool:
        """Tell whether all columns that are needed are there."""
        return {*self.needed} <= {self.meaning(header) for header in headers}


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells are told apart."""

    line: int
    cells: Mapping[str, str] = field(repr=False)
    """Text by the meaning of the column, without white space around it; empty where the table has no such column."""

    def __getitem__(self, meaning: str) -> str:
        return self.cells.get(meaning, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header was read."""

    document: Document
    separator: str
    line: int
    headers: Sequence[str] = field(repr=False)

    @classmethod
    def opened(cls, source: SourceFile) -> "Table":
        """Check all bytes of a file, and read its header.

        Raises:
            DocumentError: it cannot be opened, is empty, too large, of another kind, or not UTF-8.
        """
        document = open_document(source.content, name=source.name, form=Format.CSV)
        with document.text_stream() as stream:
            first = next((line for line in stream if line.strip()), "")
        separator = max(_SEPARATORS, key=first.count)
        for line, cells in _records(document, separator):
            return cls(document, separator, line, cells if not isinstance(cells, str) else ())
        raise DocumentEmpty(source.name)

    def columns(self, *choices: Columns) -> Columns:
        """Tell which of some tables this is: the first whose needed columns are all there.

        Raises:
            HeaderNotUnderstood: it is none of them.
        """
        for choice in choices:
            if choice.fit(self.headers):
                return choice
        raise self._misunderstood("columns that are needed are not there", choices)

    def rows(self, columns: Columns) -> Iterator[Row | Unreadable]:
        """Read the rows behind the header; rows without any text are none.

        Raises:
            HeaderNotUnderstood: a column is not known, or there twice.
        """
        meanings = [self._meaning(columns, header) for header in self.headers]
        if double := next((name for name in meanings if meanings.count(name) > 1), None):
            raise self._misunderstood(f"two columns mean {double}", [columns])
        return self._rows(meanings)

    def _meaning(self, columns: Columns, header: str) -> str:
        meaning = columns.meaning(header)
        if meaning is None:
            raise self._misunderstood(f"no meaning is known of the column {shown(header)}; leave it out", [columns])
        return meaning

    def _rows(self, meanings: Sequence[str]) -> Iterator[Row | Unreadable]:
        for line, cells in _records(self.document, self.separator):
            if line <= self.line:
                continue
            if isinstance(cells, str):
                yield Unreadable(line, cells)
            elif len(cells) != len(meanings):
                found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                yield Unreadable(line, f"it has {found}, and the header {len(meanings)}; a separator in a text needs quotation marks")
            else:
                yield Row(line, {meaning: cell.strip() for meaning, cell in zip(meanings, cells, strict=True)})

    def _misunderstood(self, reason: str, expected: Sequence[Columns]) -> HeaderNotUnderstood:
        return HeaderNotUnderstood(self.document.name, self.line, reason, tuple(columns.header for columns in expected))


def _records(document: Document, separator: str) -> Iterator[tuple[int, Sequence[str] | str]]:
    """Yield the cells of each record that is not empty, or why it cannot be read, with the line at which it starts."""
    with document.text_stream() as stream:
        before = 0
        reader = csv.reader(stream, delimiter=separator, strict=True)
        while True:
            start = before + reader.line_num + 1
            try:
                cells: Sequence[str] | str = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                cells = f"{problem}, in the row from line {start} to {before + reader.line_num}; check its quotation marks"
                before += reader.line_num
                reader = csv.reader(stream, delimiter=separator, strict=True)
            if any(cell.strip() for cell in cells):
                yield start, cells
