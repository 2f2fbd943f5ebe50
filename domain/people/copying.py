"""What is known of people as rows to copy: sealed as it stands, so that without the key nobody can read a copy either."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.people import schema
from domain.people.errors import NotPeople, PeopleFailed, PeopleUnreachable
from domain.people.making import OWNER_ALONE
from domain.proof.export_lines import COLUMNS, Kind, Row

_TABLES = {Kind.PEOPLE_KEY: "key_check", Kind.PERSON: "people", Kind.CARD: "cards", Kind.WEBHOOK: "webhooks"}
_READ = {kind: f"SELECT {', '.join(COLUMNS[kind])} FROM {table}" for kind, table in _TABLES.items()}  # noqa: S608 - constants
_INSERT = {
    kind: f"INSERT INTO {table} ({', '.join(COLUMNS[kind])}) VALUES ({', '.join('?' * len(COLUMNS[kind]))})"  # noqa: S608 - constants
    for kind, table in _TABLES.items()
}


def people_rows(path: Path) -> Iterator[tuple[Kind, Row]]:
    """Go through all that stands in a people's file, as of one moment. Its key is not needed, and not among it.

    Raises:
        PeopleFault: it is something else, or cannot be read.
    """
    with _faults(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        if found != [schema.APPLICATION_ID, schema.VERSION]:
            raise NotPeople(str(path), "it is of another application, or of another version")
        for kind, statement in _READ.items():
            for row in connection.execute(statement):
                yield kind, row


@dataclass
class RestoringPeople:
    """A people's file in the making."""

    connection: sqlite3.Connection
    """It begins no transaction by itself."""
    begun: bool = False

    def take(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Take rows of one kind. What is told of the key comes first, and makes the file.

        Raises:
            ValueError: they are not those of such a file.
        """
        if kind is Kind.PEOPLE_KEY:
            if self.begun or len(rows) != 1:
                raise ValueError
            schema.create(self.connection, rows[0][0])
            self.connection.execute("BEGIN")
            self.begun = True
            return
        if not self.begun:
            raise ValueError
        try:
            self.connection.executemany(_INSERT[kind], rows)
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise ValueError from error


@contextmanager
def restoring_people(path: Path) -> Iterator[RestoringPeople]:
    """Give a people's file to fill; when the block ends it is put in place, unless nothing was taken.

    Raises:
        PeopleFault: it cannot be made, or one is there already.
    """
    with _faults(path), TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        unfinished = Path(folder, path.name)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            restoring = RestoringPeople(connection)
            yield restoring
            connection.commit()
        if restoring.begun:
            os.link(unfinished, path)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise PeopleFailed(str(path), str(error).rstrip(".")) from error
    except OSError as error:
        raise PeopleUnreachable(str(path), str(error.strerror)) from error
