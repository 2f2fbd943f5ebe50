"""Moving a ledger to another store: the log first, then what stands beside it on this machine."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from shutil import copyfile

from api.access.key_file import access_path
from api.notices.outbox import outbox_path, switched_off
from api.opening import NoLedger, place_of
from api.opening_people import key_path as people_key_path
from api.proving.settings import signing_key_path
from api.settings import database_path, server_address
from domain.clock import Clock
from domain.people.registry import people_path
from domain.store.copies.copying import Copied, Progress, copy
from domain.store.copies.errors import CopySameLedger
from domain.store.copies.sides import Source, Target
from domain.store.copies.sqlite_side import SqliteSide

_OWNER_ALONE = 0o600

_PlaceOf = Callable[[Path], Path]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved."""

    source: str
    target: str
    log: Copied
    files: Sequence[Path]
    """What was copied beside the log."""
    left: Sequence[Path]
    """What was there already, differs, and was left as it was."""


def move(source: str, target: str, clock: Clock, progress: Progress = lambda _: None) -> Moved:
    """Copy a ledger by its address to another address, as far as it is not there yet. The copy delivers no notices until it is told to.

    Raises:
        CopyDiffers: the target is not the beginning of the source.
        CopySameLedger: they are one.
        NoLedger: there is no source.
        DeliveryBusy: a worker delivers the target's notices.
        StoreFault: one of them cannot be used.
    """
    here, there = place_of(source), place_of(target)
    if here.absolute() == there.absolute():
        raise CopySameLedger(str(here) if not server_address(source) else "The ledger")
    there.parent.mkdir(parents=True, exist_ok=True)
    is_new = not outbox_path(there).exists()
    with closing(_reading(source)) as reading, closing(_writing(target)) as writing:
        if is_new:
            with switched_off(outbox_path(there), clock()):
                log = copy(reading, writing, progress)
        else:
            log = copy(reading, writing, progress)
        files, left = _copied_beside(here, there)
        return Moved(reading.name, writing.name, log, files, left)


def _reading(address: str) -> Source:
    if server := server_address(address):
        from domain.store.postgres.side import PostgresSide  # noqa: PLC0415  # the driver, which no other ledger needs

        return PostgresSide(server, to_write=False)
    path = database_path(address)
    if not path.exists():
        raise NoLedger(path)
    return SqliteSide(path, to_write=False)


def _writing(address: str) -> Target:
    if server := server_address(address):
        from domain.store.postgres.side import PostgresSide  # noqa: PLC0415  # the driver, which no other ledger needs

        return PostgresSide(server, to_write=True)
    return SqliteSide(database_path(address), to_write=True)


def _copied_beside(here: Path, there: Path) -> tuple[Sequence[Path], Sequence[Path]]:
    """Copy what is known of people, and the keys, unless something stands in their place; return what was copied, and what was left."""
    copied, left = list[Path](), list[Path]()
    databases: tuple[_PlaceOf, ...] = (people_path, access_path)
    keys: tuple[_PlaceOf, ...] = (people_key_path, signing_key_path)
    for path_of in (*databases, *keys):
        old, new = path_of(here), path_of(there)
        if not old.exists() or old == new:
            continue
        if new.exists():
            if not cmp(old, new, shallow=False):
                left.append(new)
            continue
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ALONE))
        if path_of in databases:
            with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new)) as target:
                source.backup(target)
        else:
            copyfile(old, new)
        copied.append(new)
    return copied, left
