"""The file of the API keys, `ledger.access.db` beside `ledger.db`: for its owner alone, and apart from the log."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from api.access.api_key import ApiKey
from api.access.errors import AccessFileFault, KeyNameTaken, NoSuchKey
from api.access.scopes import Grant
from domain.errors import LedgerError
from domain.instants import format_instant, parse_instant
from domain.people.making import OWNER_ALONE, made_once

BUSY_SECONDS = 5.0
APPLICATION_ID = 0x4C434341
"""`LCCA`, in the file's header: these are the keys of a lifecycle ledger."""
VERSION = 1
_TABLE = """
CREATE TABLE keys (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) WITHOUT ROWID
"""
_COLUMNS = "name, prefix, hash, scopes, created_at, expires_at, revoked_at, last_used_at"
_USED = "UPDATE keys SET last_used_at = ? WHERE name = ? AND (last_used_at IS NULL OR last_used_at < ?)"


def access_path(ledger: Path) -> Path:
    """Return where the keys of a ledger are kept."""
    return ledger.with_name(f"{ledger.stem}.access{ledger.suffix}")


class KeyFile:
    """One connection to the file; whoever uses it from two threads opens it twice."""

    def __init__(self, path: Path) -> None:
        """Open it, and make it where there is none.

        Raises:
            AccessFileFault: it cannot be opened or made, or is something else.
        """
        self.path = path
        with self._faults():
            if not path.exists():
                with made_once(path) as unfinished, closing(_connect(unfinished)) as connection:
                    _create(connection)
            _make_private(path)
            self._connection = _connect(path)
        try:
            with self._faults():
                _check(self._connection, path)
        except AccessFileFault:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def version(self) -> int:
        """Return a number that is another one after somebody else has written. It takes microseconds.

        Raises:
            AccessFileFault: the file cannot be read.
        """
        with self._faults():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def keys(self) -> Sequence[ApiKey]:
        """Return all keys, those too that are good no longer, sorted by name.

        Raises:
            AccessFileFault: the file cannot be read.
        """
        with self._faults():
            return [_key(row) for row in self._connection.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY name").fetchall()]  # noqa: S608

    def add(self, key: ApiKey) -> None:
        """Keep a new key.

        Raises:
            KeyNameTaken: one has that name, or had it.
            AccessFileFault: the file cannot be written.
        """
        scopes = " ".join(sorted(map(str, key.grants)))
        instants = [_text(at) for at in (key.created_at, key.expires_at, key.revoked_at, key.last_used_at)]
        with self._faults():
            try:
                self._connection.execute(
                    f"INSERT INTO keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    (key.name, key.prefix, key.hash, scopes, *instants),
                )
            except sqlite3.IntegrityError:
                raise KeyNameTaken(key.name) from None

    def revoke(self, name: str, at: datetime) -> ApiKey:
        """Let a key be good no longer, and return it; of one that was revoked before, the instant stays.

        Raises:
            NoSuchKey: there is none of that name.
            AccessFileFault: the file cannot be written.
        """
        with self._faults():
            self._connection.execute("UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE name = ?", (_text(at), name))
        found = next((key for key in self.keys() if key.name == name), None)
        if found is None:
            raise NoSuchKey(name)
        return found

    def used(self, last: Mapping[str, datetime]) -> None:
        """Write when keys were last used, by their names; together.

        Raises:
            AccessFileFault: the file cannot be written.
        """
        with self._faults(), _transaction(self._connection):
            self._connection.executemany(_USED, [(_text(at), name, _text(at)) for name, at in last.items()])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise AccessFileFault(str(self.path), str(error).rstrip(".")) from error
        except OSError as error:
            raise AccessFileFault(str(self.path), str(error.strerror).lower()) from error


def _connect(path: Path) -> sqlite3.Connection:
    target = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(_TABLE)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("PRAGMA journal_mode = WAL")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    found = [int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")]
    if found != [APPLICATION_ID, VERSION]:
        raise AccessFileFault(str(path), "it is something else, or of another version")


def _make_private(path: Path) -> None:
    """Take from others what a copy or a restore may have given them, also of what SQLite keeps beside the file."""
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if one.exists() and one.stat().st_mode & 0o077:
            one.chmod(OWNER_ALONE)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _key(row: Sequence[Any]) -> ApiKey:
    name, prefix, kept, scopes, *instants = row
    try:
        created_at, *others = [None if text is None else parse_instant(text) for text in instants]
        return ApiKey(name, prefix, kept, frozenset(map(Grant.parse, scopes.split())), created_at, *others)  # type: ignore[arg-type]  # it is NOT NULL
    except (LedgerError, TypeError, ValueError, AttributeError) as error:
        raise sqlite3.DatabaseError("the row of a key cannot be read") from error


def _text(at: datetime | None) -> str | None:
    """Write an instant to the second, so that texts sort as instants do."""
    return None if at is None else format_instant(at.replace(microsecond=0))
