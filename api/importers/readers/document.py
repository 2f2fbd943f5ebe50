"""Opening a document: every byte is checked once, before any row is read, and never more than a line is held."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from api.importers.readers import errors
from api.importers.readers.signatures import check_kind

MARKDOWN_BYTES_MAX = 10_000_000
"""Markdown is parsed as a whole, so it has to fit in memory with its tokens."""
STREAM_BYTES_MAX = 2_000_000_000
PIPE_BYTES_MAX = 100_000_000
"""What cannot be read twice is held in memory."""
LINE_BYTES_MAX = 1_000_000

_HEAD_BYTES = 4096
_BOM = b"\xef\xbb\xbf"


class Format(StrEnum):
    """The formats in which published tables are read."""

    MARKDOWN = "markdown"
    CSV = "csv"
    JSON_LINES = "jsonl"


_ENDINGS = {
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was checked from its first byte to its last."""

    name: str
    format: Format
    sha256: str
    """Digest of the bytes as they are, byte order mark included."""
    size: int
    """Length in bytes."""
    lines: int
    """How many bytes it has."""
    content: bytes | Path = field(repr=False)
    stamp: tuple[int, ...] = ()
    """What tells a file that was written to since the check."""

    @contextmanager
    def bytes_stream(self) -> Iterator[BinaryIO]:
        """Open the bytes from the start, behind a byte order mark if there is one.

        Raises:
            DocumentNotOpened: the file is gone.
            DocumentChanged: it is not the file that was checked.
        """
        with _opened(self.content, self.name) as stream:
            if isinstance(self.content, Path) and _stamp(stream) != self.stamp:
                raise errors.DocumentChanged(self.name)
            if stream.read(len(_BOM)) != _BOM:
                stream.seek(0)
            yield stream

    @contextmanager
    def text_stream(self) -> Iterator[io.TextIOWrapper]:
        """Open the text from the start, line ends as they are."""
        with self.bytes_stream() as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
            yield text


def open_document(source: str | os.PathLike[str] | bytes, *, name: str | None = None, form: Format | None = None) -> Document:
    """Check a file, or the bytes of one, and return it as a document to read from.

    The format is `form` where it is given, else told from the file's ending, else from the first line.

    Raises:
        DocumentError: it cannot be opened, is empty, too large, of another kind, or not UTF-8.
    """
    if isinstance(source, bytes):
        return _checked(source, name or "<stdin>", form or _ending(name or ""))
    path = Path(source)
    shown_name = name or str(path)
    with _opened(path, shown_name) as stream:
        seekable = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
        content = path if seekable else read_pipe(stream, shown_name)
    return _checked(content, shown_name, form or _ending(path.name))


def read_pipe(stream: BinaryIO, name: str = "<stdin>") -> bytes:
    """Read what can be read only once.

    Raises:
        DocumentTooLarge: there are more than `PIPE_BYTES_MAX` bytes.
    """
    content = stream.read(PIPE_BYTES_MAX + 1)
    if len(content) > PIPE_BYTES_MAX:
        raise errors.DocumentTooLarge(name, "stream", PIPE_BYTES_MAX)
    return content


def _ending(name: str) -> Format | None:
    return _ENDINGS.get(Path(name).suffix.lower())


@contextmanager
def _opened(content: bytes | Path, name: str) -> Iterator[BinaryIO]:
    try:
        stream: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    except (OSError, ValueError) as problem:
        raise errors.DocumentNotOpened(name, getattr(problem, "strerror", None) or str(problem)) from None
    with stream:
        yield stream


def _stamp(stream: BinaryIO) -> tuple[int, ...]:
    status = os.fstat(stream.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _checked(content: bytes | Path, name: str, form: Format | None) -> Document:
    with _opened(content, name) as stream:
        stamp = _stamp(stream) if isinstance(content, Path) else ()
        head = stream.read(_HEAD_BYTES)
        check_kind(name, head)
        found = form or _sniffed(head)
        stream.seek(0)
        sha256, size, lines = _Check(name, found).run(stream)
        return Document(name, found, sha256, size, lines, content, stamp)


def _sniffed(head: bytes) -> Format:
    lines = head.removeprefix(_BOM).decode("utf-8", "replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("{"):
        return Format.JSON_LINES
    if first.startswith(("|", "#", "---", ">", "<")) or "|" in first or not any(mark in first for mark in ",;\t"):
        return Format.MARKDOWN
    return Format.CSV


@dataclass(slots=True)
class _Check:
    """One pass over all lines."""

    name: str
    form: Format

    def run(self, stream: BinaryIO) -> tuple[str, int, int]:
        """Return digest, size in bytes, and number of lines."""
        digest = hashlib.sha256()
        bytes_max = MARKDOWN_BYTES_MAX if self.form is Format.MARKDOWN else STREAM_BYTES_MAX
        size, blank, number = 0, True, 0
        while line := stream.readline(LINE_BYTES_MAX + 1):
            number += 1
            digest.update(line)
            size += len(line)
            if size > bytes_max:
                raise errors.DocumentTooLarge(self.name, self.form.value, bytes_max)
            self._check_line(number, line)
            blank = blank and not line.removeprefix(_BOM).strip()
        if blank:
            raise errors.DocumentEmpty(self.name)
        return digest.hexdigest(), size, number

    def _check_line(self, number: int, line: bytes) -> None:
        if len(line) > LINE_BYTES_MAX:
            raise errors.LineTooLong(self.name, number, LINE_BYTES_MAX)
        if (place := line.find(b"\0")) >= 0:
            raise errors.NulByte(self.name, number, place + 1)
        try:
            line.decode()
        except UnicodeDecodeError as problem:
            raise errors.NotUtf8(self.name, number, problem.start + 1, line[problem.start]) from None
