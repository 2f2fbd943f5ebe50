"""Opening a ledger: the one that is named, else the user's own, else the packaged sample, which can only be asked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from api.settings import READ_DATABASE_VARIABLE, beside, database_path, default_actor, default_path, server_address
from domain.errors import LedgerError
from domain.ledger import Ledger
from domain.store.contract import Ear
from domain.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger with where it came from."""

    ledger: Ledger
    path: Path | None
    """Its file, beside which stands what belongs to it; of one on a server, what would be its file. None for the sample."""
    server: str | None = None
    """The address of its database, where it is on a PostgreSQL server."""
    ear: Ear | None = None
    """Where it tells that its log has grown, if it does."""

    @property
    def file(self) -> Path | None:
        """Return the file that holds it; none where no file does."""
        return None if self.server else self.path

    @property
    def name(self) -> str:
        """What it may be called where everybody can read it: without a password."""
        if self.server:
            parts = urlsplit(self.server)
            return f"postgresql://{parts.hostname or ''}{parts.path}"
        return str(self.path or "the packaged sample, in memory")

    @property
    def is_sample(self) -> bool:
        """Whether it is the packaged sample."""
        return self.path is None


@dataclass(eq=False)
class NoLedger(LedgerError):
    """There is no ledger where one was named."""

    path: Path

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"There is no ledger at {self.path}. `lifecycle import` makes one there, or name another with --database."


def ledger_path(database: str | None) -> Path:
    """Return the file of the ledger that is named, else the user's own.

    Raises:
        NotInAFile: the ledger is on a server.
    """
    return database_path(database) if database else default_path()


def place_of(database: str | None) -> Path:
    """Return the file of a ledger, or beside which things stand of one on a server."""
    return beside(database) if database and server_address(database) else ledger_path(database)


@contextmanager
def for_asking(database: str | None, actor: str | None = None) -> Iterator[Opened]:
    """Open a ledger for questions. Where none is named and the user has none, it is the sample, in memory.

    Raises:
        NoLedger: a ledger is named, and is not there.
    """
    if server := server_address(database):
        with _on_server(environ.get(READ_DATABASE_VARIABLE) or server, actor, beside(server), read_only=True) as opened:
            yield opened
        return
    path = ledger_path(database)
    if not path.exists():
        if database:
            raise NoLedger(path)
        with _sample() as opened:
            yield opened
        return
    store = SqliteStore(path, read_only=True)
    try:
        yield Opened(Ledger(store, actor or default_actor()), path)
    finally:
        store.close()


@contextmanager
def for_recording(database: str | None, actor: str | None = None) -> Iterator[Opened]:
    """Open a ledger for recording, and make it where there is none; on a server it has to be there."""
    if server := server_address(database):
        with _on_server(server, actor, beside(server), read_only=False) as opened:
            yield opened
        return
    path = ledger_path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(path)
    try:
        yield Opened(Ledger(store, actor or default_actor()), path)
    finally:
        store.close()


@contextmanager
def for_serving(database: str | None, actor: str | None = None) -> Iterator[Opened]:
    """Open a ledger for recording and asking, where one on a server may be read at another address than it is written."""
    server, read = server_address(database), environ.get(READ_DATABASE_VARIABLE)
    if not server or not read:
        with for_recording(database, actor) as opened:
            yield opened
        return
    from domain.store.postgres.split import SplitStore  # noqa: PLC0415  # the driver, which no other ledger needs
    from domain.store.postgres.store import PostgresStore  # noqa: PLC0415

    place = beside(server)
    place.parent.mkdir(parents=True, exist_ok=True)
    with closing(PostgresStore(server)) as writes, closing(PostgresStore(read, read_only=True)) as reads:
        store = SplitStore(writes, reads)
        yield Opened(Ledger(store, actor or default_actor()), place, server, store)


@contextmanager
def _on_server(server: str, actor: str | None, place: Path, *, read_only: bool) -> Iterator[Opened]:
    from domain.store.postgres.store import PostgresStore  # noqa: PLC0415  # the driver, which no other ledger needs

    place.parent.mkdir(parents=True, exist_ok=True)
    store = PostgresStore(server, read_only=read_only)
    try:
        yield Opened(Ledger(store, actor or default_actor()), place, server, store)
    finally:
        store.close()


@contextmanager
def _sample() -> Iterator[Opened]:
    from api.sample import fill  # noqa: PLC0415  # the importers are needed only here

    store = SqliteStore(":memory:")
    try:
        ledger = Ledger(store, "sample")
        fill(ledger)
        yield Opened(ledger, None)
    finally:
        store.close()


def _copy_people(ledger: Path, copy: Path) -> None:
    """Copy what is known of people, and its key, so that who is known stays known."""
    people, key = (f"{{}}.people{ending}" for ending in (ledger.suffix, ".key"))
    known = ledger.with_name(people.format(ledger.stem))
    if known.exists():
        target = copy.with_name(people.format(copy.stem))
        with closing(sqlite3.connect(known)) as source, closing(sqlite3.connect(target)) as target_connection:
            source.backup(target_connection)
    if ledger.with_name(key.format(ledger.stem)).exists():
        copy2(ledger.with_name(key.format(ledger.stem)), copy.with_name(key.format(copy.stem)))


def _copy_from_server(server: str, copy: Path) -> None:
    from domain.store.copies.copying import copy as copied  # noqa: PLC0415  # only here
    from domain.store.copies.sqlite_side import SqliteSide  # noqa: PLC0415
    from domain.store.postgres.side import PostgresSide  # noqa: PLC0415

    with closing(PostgresSide(server, to_write=False)) as source, closing(SqliteSide(copy, to_write=True)) as target:
        copied(source, target)


@contextmanager
def for_rehearsal(database: str | None, actor: str | None = None) -> Iterator[Opened]:
    """Open a throw-away copy of a ledger: whatever is recorded there is gone afterwards."""
    path = place_of(database)
    with TemporaryDirectory(prefix="lifecycle-rehearsal-") as folder:
        copy = Path(folder) / "ledger.db"
        if server := server_address(database):
            _copy_from_server(server, copy)
            _copy_people(path, copy)
        elif path.exists():
            store = SqliteStore(path, read_only=True)
            try:
                store.copy_to(copy)
            finally:
                store.close()
            _copy_people(path, copy)
        with for_recording(f"sqlite:///{copy}", actor) as opened:
            yield opened
