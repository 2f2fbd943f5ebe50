"""Settings: which ledger, and in whose name. Environment variables begin with LIFECYCLE_."""

import re
from dataclasses import dataclass
from getpass import getuser
from os import environ
from pathlib import Path

from domain.errors import LedgerError, shown

DATABASE_VARIABLE = "LIFECYCLE_DATABASE"
ACTOR_VARIABLE = "LIFECYCLE_ACTOR"
KEY_FILE_VARIABLE = "LIFECYCLE_KEY_FILE"
_SCHEME = "sqlite:///"
_WITH_PASSWORD = re.compile(r"//.*@")


@dataclass(eq=False)
class DatabaseAddressInvalid(LedgerError):
    """A database address of no known form."""

    text: str
    """Without the user name and the password that it may hold."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{shown(self.text)} is no database address. Write it like sqlite:///ledger.db, or sqlite:////srv/ledger.db for a full path."


def database_path(address: str) -> Path:
    """Return the file of an address like `sqlite:///ledger.db` (relative) or `sqlite:////srv/ledger.db` (full path).

    Raises:
        DatabaseAddressInvalid: the address has another form.
    """
    path = address.removeprefix(_SCHEME)
    if path == address or not path:
        raise DatabaseAddressInvalid(_WITH_PASSWORD.sub("//...@", address))
    return Path(path).expanduser()


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
