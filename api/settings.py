"""Settings: which ledger, and in whose name. Environment variables begin with LIFECYCLE_."""

import re
from dataclasses import dataclass
from getpass import getuser
from hashlib import sha256
from os import environ
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from domain.errors import LedgerError, shown

DATABASE_VARIABLE = "LIFECYCLE_DATABASE"
ACTOR_VARIABLE = "LIFECYCLE_ACTOR"
KEY_FILE_VARIABLE = "LIFECYCLE_KEY_FILE"
FOLDER_VARIABLE = "LIFECYCLE_FOLDER"
READ_DATABASE_VARIABLE = "LIFECYCLE_READ_DATABASE"
_SCHEME = "sqlite:///"
_SERVERS = ("postgresql://", "postgres://")
_WITH_PASSWORD = re.compile(r"//.*@")


@dataclass(eq=False)
class DatabaseAddressInvalid(LedgerError):
    """A database address of no known form."""

    text: str
    """Without the user name and the password that it may hold."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"{shown(self.text)} is no database address. Write it like sqlite:///ledger.db, sqlite:////srv/ledger.db for a full path, "
            "or postgresql://role@host/database."
        )


@dataclass(eq=False)
class NotInAFile(LedgerError):
    """Something that works on a ledger's file was asked of a ledger in PostgreSQL."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            "This works on a ledger's file, and this ledger is in PostgreSQL. `lifecycle db copy` makes a file of it: "
            "ask that, with --database sqlite:///FILE."
        )


def database_path(address: str) -> Path:
    """Return the file of an address like `sqlite:///ledger.db` (relative) or `sqlite:////srv/ledger.db` (full path).

    Raises:
        DatabaseAddressInvalid: the address has another form.
        NotInAFile: it is a server's.
    """
    if server_address(address):
        raise NotInAFile
    path = address.removeprefix(_SCHEME)
    if path == address or not path:
        raise DatabaseAddressInvalid(_WITH_PASSWORD.sub("//...@", address))
    return Path(path).expanduser()


def server_address(address: str | None) -> str | None:
    """Return an address if it is that of a database on a PostgreSQL server."""
    return address if address and address.startswith(_SERVERS) else None


def beside(address: str) -> Path:
    """Return the file beside which stands, on this machine, what belongs to a ledger on a server: people, keys, views, the outbox.

    It is named by the server and the database, whoever connects; there is no such file itself.
    """
    parts = urlsplit(address)
    place = f"{parts.hostname or ''}:{parts.port or ''}{parts.path}?{dict(parse_qsl(parts.query)).get('host', '')}"
    name = f"postgresql-{re.sub('[^A-Za-z0-9_-]', '-', parts.path.strip('/'))[:40]}-{sha256(place.encode()).hexdigest()[:12]}.db"
    named = environ.get(FOLDER_VARIABLE)
    return (Path(named).expanduser() if named else default_path().parent) / name


def default_path() -> Path:
    """Return the ledger in the user's data folder: the one that is used when none is named."""
    from platformdirs import user_data_path  # noqa: PLC0415  # 20 ms that most questions need not pay

    return user_data_path("lifecycle-ledger") / "ledger.db"


def key_file() -> Path | None:
    """Return the file of the key of people's names and addresses, where one is named."""
    named = environ.get(KEY_FILE_VARIABLE)
    return Path(named).expanduser() if named else None


def default_actor() -> str:
    """Return the name under which a person at this machine appends."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "unknown"
