"""Writing an export: from a copy of the ledger as of one moment, into a file that is there whole or not at all."""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from api.backup.errors import ExportExists, ExportUnwritable
from domain.people.copying import people_rows
from domain.people.making import OWNER_ALONE
from domain.people.registry import people_path
from domain.proof.export_lines import Kind, Row, read
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_export import Progress, exported

GZIP = ".gz"
_GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    position: int
    root: str
    """Of the entries' tree, in base64."""
    commands: int
    checkpoints: int
    timestamps: int
    people: int
    """Rows of what is known of people; none unless that was asked for."""


def export_to(path: Path, ledger: Path, *, with_people: bool, progress: Progress) -> Exported:
    """Write an export to a file, which only its owner may read: compressed where its name ends in .gz.

    Raises:
        ExportExists: there is a file of that name.
        ExportUnwritable: it cannot be written.
        LedgerError: the ledger cannot be read, or does not agree with itself; see `domain.store.sqlite_export.exported`.
    """
    if os.path.lexists(path):
        raise ExportExists(str(path))
    try:
        with _put_in_place(path) as unfinished, unfinished.open("wb") as file:
            if path.suffix != GZIP:
                found = export(file.write, ledger, path.parent, with_people=with_people, progress=progress)
            else:  # Neither name nor time, so that two exports of one ledger are the same bytes.
                with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                    found = export(packed.write, ledger, path.parent, with_people=with_people, progress=progress)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ExportExists(str(path)) from error
    except OSError as error:
        raise ExportUnwritable(str(path), error.strerror or type(error).__name__) from error
    return found


def export(
    write: Callable[[bytes], object], ledger: Path, folder: Path | None = None, *, with_people: bool, progress: Progress
) -> Exported:
    """Write an export line by line; a copy of the ledger stands in a folder meanwhile.

    Raises:
        LedgerError: see `export_to`.
    """
    with TemporaryDirectory(dir=folder, prefix=".lifecycle-export-") as private:
        copy = Path(private, ledger.name)
        store = SqliteStore(ledger, read_only=True)
        try:
            store.copy_to(copy)
        finally:
            store.close()
        line = b""
        # Whoever stands in an entry was known before: people are read after the copy was made.
        for line in exported(copy, _people(ledger) if with_people else (), progress):
            write(line)
    _, (position, root, commands, _, checkpoints, timestamps, people) = read(line)
    return Exported(position, root, commands, checkpoints, timestamps, people)


def _people(ledger: Path) -> Iterator[tuple[Kind, Row]]:
    path = people_path(ledger)
    if path.exists():
        yield from people_rows(path)


@contextmanager
def _put_in_place(path: Path) -> Iterator[Path]:
    """Give an empty file to fill beside a name, and let it have that name afterwards."""
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
    try:
        yield unfinished
        os.link(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink()
