"""Where a SQLite ledger is: a file, or memory; and how its file may be opened at this moment."""

import sqlite3
from pathlib import Path
from typing import Literal

from domain.store.errors import NotALedger, StoreUnreachable

MEMORY = ":memory:"

Mode = Literal["rwc", "rw", "ro", "immutable"]

_QUERIES: dict[Mode, str] = {"rwc": "mode=rwc", "rw": "mode=rw", "ro": "mode=ro", "immutable": "mode=ro&immutable=1"}

_FILE_LENGTH_MIN = 512
"""Length of the smallest page, in bytes."""

FileState = tuple[Mode, int, int, int]
"""How a file is to be read, and the state of the file for which that is right."""


class Place:
    """A database file, watched for what other processes do to it."""

    def __init__(self, path: str | Path, *, read_only: bool, busy_seconds: float) -> None:
        self.name = str(path)
        self.read_only = read_only
        self.in_memory = self.name == MEMORY
        self._busy_seconds = busy_seconds
        self._path = Path(path).absolute()
        self._identity: tuple[int, int] | None = None

    def check(self) -> None:
        """Refuse what SQLite would only call unable to open.

        Raises:
            StoreUnreachable: there is no file, or no folder for it.
            NotALedger: the file is too short.
        """
        if self.in_memory:
            return
        if self._path.is_dir():
            raise StoreUnreachable(self.name, "it is a folder; name a file")
        if not self._path.parent.is_dir():
            raise StoreUnreachable(self.name, f"the folder {self._path.parent} does not exist; create it first")
        if self.read_only and not self._path.exists():
            raise StoreUnreachable(self.name, "there is no such file")
        # SQLite takes a file of one byte for an empty one, and would overwrite it. Looking into the file ourselves
        # would, when we close it, drop the locks that other stores of this process hold on it.
        if self._path.exists() and 0 < self._path.stat().st_size < _FILE_LENGTH_MIN:
            raise NotALedger(self.name, "it is no SQLite database")

    def connect(self, mode: Mode) -> sqlite3.Connection:
        """Open a connection, which any thread may use, one at a time, and which begins no transaction by itself."""
        target = MEMORY if self.in_memory else f"{self._path.as_uri()}?{_QUERIES[mode]}"
        uri = not self.in_memory
        return sqlite3.connect(target, uri=uri, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False)

    def state(self) -> FileState:
        """Return how to open the file for reading.

        Without its -wal nobody writes to the file, so one who only reads needs no lock and leaves nothing beside it; should somebody
        begin to write, the file's state tells.
        """
        if not self.read_only:
            return ("rw", 0, 0, 0)
        if self._path.with_name(self._path.name + "-wal").exists():
            return ("ro", 0, 0, 0)
        try:
            status = self._path.stat()
        except OSError as error:
            raise self._gone(error) from error
        return ("immutable", status.st_ino, status.st_size, status.st_mtime_ns)

    def check_unmoved(self) -> None:
        """Refuse to write where nobody will find it.

        Raises:
            StoreUnreachable: the file is no longer the one that was opened.
        """
        if self.in_memory:
            return
        try:
            status = self._path.stat()
        except OSError as error:
            raise self._gone(error) from error
        identity = (status.st_dev, status.st_ino)
        self._identity = self._identity or identity
        if identity != self._identity:
            raise StoreUnreachable(self.name, "another file was put in its place; open it anew")

    def _gone(self, error: OSError) -> StoreUnreachable:
        return StoreUnreachable(self.name, f"the file was moved, deleted or closed to us while in use ({error.strerror})")
