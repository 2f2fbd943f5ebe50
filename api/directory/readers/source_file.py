"""Where a listing comes from: a file or its bytes, and what it looks like at its beginning."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from api.directory.readers.errors import FileTooLarge
from api.importers.readers.document import read_pipe
from api.importers.readers.errors import DocumentNotOpened, NotUtf8

JSON_BYTES_MAX = 256 * 1024 * 1024
"""About 250,000 role assignments as the cloud's command line prints them. CSV is read as a stream, and may be larger."""

_HEAD_BYTES = 4096
_BOM = b"\xef\xbb\xbf"

Source = str | os.PathLike[str] | bytes


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be opened, or the bytes of one."""

    name: str
    content: bytes | Path = field(repr=False)
    head: bytes = field(repr=False)
    """Its first bytes, without a byte order mark and white space."""

    @classmethod
    def of(cls, source: Source, name: str | None = None) -> "SourceFile":
        """Look at a file. What can be read only once is held in memory.

        Raises:
            DocumentError: it cannot be opened, or is a pipe with too much in it.
        """
        if isinstance(source, bytes):
            return cls(name or "<stdin>", source, _start(source[:_HEAD_BYTES]))
        path = Path(source)
        shown_name = name or str(path)
        with _opened(path, shown_name) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return cls.of(read_pipe(stream, shown_name), shown_name)
            return cls(shown_name, path, _start(stream.read(_HEAD_BYTES)))

    @property
    def is_json(self) -> bool:
        """Whether it begins like a JSON list or object. NUL bytes at the beginning tell UTF-16 or something binary."""
        return self.head.startswith((b"[", b"{")) and b"\0" not in self.head

    @contextmanager
    def text_stream(self) -> Iterator[io.TextIOWrapper]:
        """Open the text from its start.

        Raises:
            DocumentNotOpened: the file is gone.
            FileTooLarge: there are more than `JSON_BYTES_MAX` bytes.
            NotUtf8: some byte is no UTF-8, which is noticed when it is reached.
        """
        with _opened(self.content, self.name) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            if stream.seek(0, os.SEEK_END) > JSON_BYTES_MAX:
                raise FileTooLarge(self.name, JSON_BYTES_MAX)
            stream.seek(0)
            try:
                yield text
            except UnicodeDecodeError:
                raise self._not_utf8() from None

    def _not_utf8(self) -> NotUtf8:
        with _opened(self.content, self.name) as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as problem:
                    return NotUtf8(self.name, number, problem.start + 1, line[problem.start])
        return NotUtf8(self.name, 1, 1, 0)  # it changed just now


@contextmanager
def _opened(content: bytes | Path, name: str) -> Iterator[BinaryIO]:
    try:
        stream: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    except (OSError, ValueError) as problem:
        raise DocumentNotOpened(name, getattr(problem, "strerror", None) or str(problem)) from None
    with stream:
        yield stream


def _start(head: bytes) -> bytes:
    return head.removeprefix(_BOM).lstrip()
