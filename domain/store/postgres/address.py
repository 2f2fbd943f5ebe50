"""Where a PostgreSQL ledger is, and how to connect to it."""

import os
from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict

from domain.store.errors import StoreUnreachable
from domain.store.postgres.errors import FunctionsEnabled
from domain.store.postgres.faults import unreachable

Connection = psycopg.Connection[tuple[object, ...]]

CONNECT_SECONDS = 10
"""How long a server may take to answer a new connection, unless the address says otherwise."""

_NO = frozenset({"", "n", "no", "f", "false", "off", "0"})


class Address:
    """A database by its URL; TLS and all else that libpq knows go by the URL's parameters."""

    def __init__(self, url: str) -> None:
        """Read a URL.

        Raises:
            StoreUnreachable: it is none.
            FunctionsEnabled: the environment asks for appends without a lock.
        """
        if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").strip().lower() not in _NO:
            raise FunctionsEnabled("PostgreSQL")
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error:  # Its text can hold parts of the URL, and so of the password.
            reason = "its address cannot be read; write it like postgresql://role@host:5432/database"
            raise StoreUnreachable("on PostgreSQL", reason) from None
        self._given = {"connect_timeout": CONNECT_SECONDS, "application_name": "lifecycle", **given, "client_encoding": "UTF8"}
        self._password = str(given.get("password") or "")
        self.name = _name(given)

    def connect(self) -> Connection:
        """Open a connection, which begins no transaction by itself.

        Raises:
            StoreUnreachable: there is none to be had.
        """
        try:
            return psycopg.connect(autocommit=True, **self._given)  # type: ignore[arg-type]  # any parameter of libpq's
        except psycopg.Error as error:
            raise unreachable(error, self.name, self._password) from None  # Its text can hold the password, too.


def _name(given: Mapping[str, object]) -> str:
    """Return what an address may be called where everybody can read it."""
    user = f"{given['user']}@" if given.get("user") else ""
    host = given.get("host") or given.get("hostaddr") or "localhost"
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{user}{host}{port}/{given.get('dbname') or ''}"
