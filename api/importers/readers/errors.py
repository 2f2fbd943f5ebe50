"""Why a whole document is refused. A row that cannot be read is no error: it is yielded as an `UnreadableRow`."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import LedgerError, shown


@dataclass(eq=False)
class DocumentError(LedgerError):
    """A document that cannot be read at all."""

    document: str
    """The document's name, as the reader was given it."""


@dataclass(eq=False)
class DocumentNotOpened(DocumentError):
    """The operating system does not hand the document out."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} cannot be opened: {self.reason}. Check the path and its permissions."


@dataclass(eq=False)
class DocumentChanged(DocumentError):
    """The document was written to between the check and the reading."""

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} changed while it was read. Wait until it is written, or read a copy of it."


@dataclass(eq=False)
class DocumentEmpty(DocumentError):
    """Nothing but white space."""

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} is empty. Check that it was downloaded or saved completely."


@dataclass(eq=False)
class DocumentTooLarge(DocumentError):
    """More bytes than a reader of its format takes."""

    format: str
    bytes_max: int

    @property
    def sentence(self) -> str:
        limit = f"{self.bytes_max:,} bytes"
        if self.format == "markdown":
            advice = "Convert it to CSV or JSON lines, which are read as streams."
            return f"{shown(self.document)} is larger than {limit}, the limit for Markdown. {advice}"
        return (
            f"{shown(self.document)} is larger than {limit}. Split it into several documents, or save it to a file if it comes from a pipe."
        )


@dataclass(eq=False)
class DocumentOfOtherKind(DocumentError):
    """Something that is no Markdown, CSV or JSON lines."""

    looks_like: str
    advice: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} looks like {self.looks_like}. {self.advice}"


@dataclass(eq=False)
class NotUtf8(DocumentError):
    """Bytes that are not UTF-8."""

    line: int
    byte: int
    """Place of the first wrong byte in its line, counted from 1."""
    value: int

    @property
    def sentence(self) -> str:
        return (
            f"{shown(self.document)} is not UTF-8: line {self.line}, byte {self.byte} is 0x{self.value:02X}. "
            "Convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT"
        )


@dataclass(eq=False)
class NulByte(DocumentError):
    """A NUL byte, which no text holds."""

    line: int
    byte: int

    @property
    def sentence(self) -> str:
        return (
            f"{shown(self.document)} holds a NUL byte at line {self.line}, byte {self.byte}: "
            "it is binary, damaged, or UTF-16. Save it again as UTF-8 text."
        )


@dataclass(eq=False)
class LineTooLong(DocumentError):
    """A line that is longer than any row."""

    line: int
    bytes_max: int

    @property
    def sentence(self) -> str:
        return (
            f"Line {self.line} of {shown(self.document)} is longer than {self.bytes_max:,} bytes. Write one row or one JSON object a line."
        )


@dataclass(eq=False)
class TableTooLong(DocumentError):
    """A Markdown table with more rows than are read at once."""

    line: int
    rows_max: int

    @property
    def sentence(self) -> str:
        return (
            f"The table at line {self.line} of {shown(self.document)} has more than the {self.rows_max:,} rows that are "
            "read from Markdown. Convert it to CSV or JSON lines, which are read as streams."
        )


@dataclass(eq=False)
class NoTable(DocumentError):
    """A Markdown document without any table."""

    @property
    def sentence(self) -> str:
        return (
            f"{shown(self.document)} holds no Markdown table. A table needs a header line and a line of dashes below it; "
            "if the document is CSV or JSON lines, name its format."
        )


@dataclass(eq=False)
class UnrecognisedTable(DocumentError):
    """A table whose columns do not say what its rows mean. Nothing of the document is read."""

    line: int
    title: str
    reason: str
    headers: Sequence[str]
    """The headers that a mapping would have to explain."""
    skippable: bool = True

    @property
    def sentence(self) -> str:
        example = next(iter(self.headers), "End of life")
        advice = (
            f"Say what a column means with --column {_quoted(example + '=retired')}, or leave it out with {_quoted(example + '=ignore')}"
        )
        if self.skippable:
            advice += f"; leave the whole table out with --skip-table {_quoted(self.title)}"
        return f"The table {shown(self.title)} at line {self.line} of {shown(self.document)} is not understood: {self.reason}. {advice}."


@dataclass(eq=False)
class UnknownField(LedgerError):
    """A mapping of a column to something that no column can mean."""

    column: str
    meaning: str
    known: Sequence[str]

    @property
    def sentence(self) -> str:
        return f"The column {shown(self.column)} cannot mean {shown(self.meaning)}. Choose one of {', '.join(self.known)}."


def _quoted(text: str) -> str:
    inner = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return "'" + inner.replace("'", "'\\''") + "'"
