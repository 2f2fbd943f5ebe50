"""Making a file that holds secrets: whole or not at all, for its owner alone, and by one process where several try."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

OWNER_ALONE = 0o600


@contextmanager
def made_once(path: Path) -> Iterator[Path]:
    """Give an empty file to fill, and put it in place afterwards; where another has come first, the other's stays.

    Raises:
        OSError: it cannot be made here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
    try:
        yield unfinished
        with suppress(FileExistsError):
            os.link(unfinished, path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let the name outlive a power cut: without its key, all that is sealed later is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
