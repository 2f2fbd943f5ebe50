"""A PgBouncer on loopback, in front of a server for tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict

HOST = "127.0.0.1"
SECONDS = 20
"""How long it may take to answer, and to end."""

INSTALLED = Path("/usr/sbin/pgbouncer")
"""Where Debian puts it."""

Mode = Literal["session", "transaction", "statement"]

# It ends with this process, in whatever way that ends; and it refuses to be root.
_HELD = ("setpriv", "--pdeathsig", "KILL")
_NOBODY = ("--reuid", "nobody", "--regid", "nogroup", "--clear-groups")

_SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = {listen}
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
admin_users = {user}
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 500
query_wait_timeout = {wait}
logfile = {log}
"""


class Pooler:
    """A pooler with a folder: its settings and its log. Its address stays the same over a restart."""

    def __init__(self, behind: str, mode: Mode, folder: Path, *, size: int = 100, wait_seconds: int = SECONDS) -> None:
        """`behind`: a database of the server, by TCP; `size`: most sessions it lends of one database."""
        given = conninfo_to_dict(behind)
        self._log = folder / "log"
        self._settings = folder / "pgbouncer.ini"
        self._user = str(given["user"])
        self._port = _free_port()
        self._given = {"host": given["host"], "port": given["port"], "size": size, "wait": wait_seconds}
        self._process: subprocess.Popen[bytes] | None = None
        self._write(mode)

    def url(self, database: str) -> str:
        """Return the address of a database by way of the pooler."""
        return f"postgresql://{self._user}@{HOST}:{self._port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        nobody = _NOBODY if os.geteuid() == 0 else ()
        self._process = subprocess.Popen([*_HELD, *nobody, str(INSTALLED), "-q", str(self._settings)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + SECONDS
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                self.stop()
                raise TimeoutError(self._log.read_text() if self._log.exists() else "it wrote nothing")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once: whoever is in the middle of something hears nothing more."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(SECONDS)

    def restart(self) -> None:
        """End it at once, and start it again."""
        self.stop()
        self.start()

    def switch(self, mode: Mode) -> None:
        """Lend in another way from now on, also to those who are connected."""
        self._write(mode)
        self.tell("RELOAD")

    def tell(self, command: str) -> list[tuple[object, ...]]:
        """Give a command to its console, and return what it answers."""
        with psycopg.connect(self.url("pgbouncer"), autocommit=True) as console:
            cursor = console.execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            self.tell("SHOW VERSION")
        except psycopg.OperationalError:
            return False
        return True

    def _write(self, mode: Mode) -> None:
        values = {**self._given, "user": self._user, "mode": mode, "log": self._log, "listen": HOST, "listen_port": self._port}
        self._settings.write_text(_SETTINGS.format(**values))


@contextmanager
def pooler(behind: str, mode: Mode = "session", *, size: int = 100, wait_seconds: int = SECONDS) -> Iterator[Pooler]:
    """Give a pooler in front of a server; it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        made = Pooler(behind, mode, folder, size=size, wait_seconds=wait_seconds)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        return int(bound.getsockname()[1])
