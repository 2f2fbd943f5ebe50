"""Opening the people of a ledger: the file beside it, and the key that opens them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.opening import NoLedger, Opened
from api.settings import default_path, key_file
from domain.people.keys import MasterKey
from domain.people.registry import People, people_path


def key_path(ledger: Path) -> Path:
    """Return where a ledger's key stands: as set, or `ledger.people.key` beside `ledger.db`."""
    return key_file() or ledger.with_name(f"{ledger.stem}.people.key")


def master_key(ledger: Path, *, create: bool = True) -> MasterKey:
    """Return the key of a ledger's people. It is made with the first of them, and never again.

    Raises:
        KeyFileMissing: it is not there, though there are people.
        KeyFileInvalid: it cannot be used.
    """
    return MasterKey.load(key_path(ledger), create=create and not people_path(ledger).exists())


@contextmanager
def people_of(opened: Opened, *, create: bool = True, rehearsed: bool = False) -> Iterator[People]:
    """Open the people of a ledger; of one that has none, they are begun, unless that is not wanted.

    Of a ledger that is a throw-away copy (`rehearsed`), they are begun in memory: no key is left behind.

    Raises:
        NoLedger: the ledger is the packaged sample, in which nobody is known.
        PeopleFault: the key or the file cannot be used.
    """
    if opened.path is None:
        raise NoLedger(default_path())
    if rehearsed and not people_path(opened.path).exists():
        with People.open(None, MasterKey.in_memory()) as people:
            yield people
        return
    with People.open(people_path(opened.path), master_key(opened.path, create=create)) as people:
        yield people
