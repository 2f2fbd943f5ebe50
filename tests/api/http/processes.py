"""The service as a process of its own: started, asked, and ended in any case."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from time import sleep
from types import TracebackType
from typing import Any, Self

from tests.cli import Shell

ROOT = Path(__file__).parents[3]
START_SECONDS = 180
END_SECONDS = 30
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Served:
    """`lifecycle serve` on a free port; its ledger is `ledger.db` in the shell's home unless told otherwise."""

    def __init__(self, shell: Shell, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        named = arguments or ("--database", f"sqlite:///{shell.home / 'ledger.db'}", "--actor", "tester")
        self.lines: list[str] = []
        self._listening = Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", "0", *named],
            cwd=shell.home,
            env={**shell.environment(), "PYTHONPATH": str(ROOT), "TMPDIR": str(shell.home), **(settings or {})},
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._reading = Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._reading.start()
        with ExitStack() as unless_started:
            unless_started.callback(self.__exit__, None, None, None)
            assert self._listening.wait(START_SECONDS), "it did not start"
            assert self.process.poll() is None, self.lines
            found = next(filter(None, map(ADDRESS.search, self.lines)), None)
            assert found, self.lines
            self.port = int(found[1])
            unless_started.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(END_SECONDS)
        self._reading.join(END_SECONDS)
        assert self.process.stderr
        self.process.stderr.close()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end, and return the exit code."""
        code = self.process.wait(END_SECONDS)
        self._reading.join(END_SECONDS)
        assert "Traceback" not in "".join(self.lines), "".join(self.lines)
        return code

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=END_SECONDS)

    def ask(
        self, path: str, *, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connection()
        try:
            return answer(connection, method, path, body, headers or {})
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        status, _, body = self.ask(path)
        assert status == 200, body
        return json.loads(body)

    def open(self, path: str, *, buffer: int = 0) -> socket.socket:
        """Send a question, and leave its answer to be read, or not; with a `buffer` the network holds little of it."""
        opened = socket.socket()
        opened.settimeout(END_SECONDS)
        if buffer:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        opened.connect(("127.0.0.1", self.port))
        opened.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return opened

    def memory(self) -> int:
        """Return how much memory the process uses now, in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096

    def quiet(self) -> bool:
        """Whether the process has nothing to do for the moment."""
        before = self._ticks()
        sleep(0.3)
        return self._ticks() - before <= 3

    def _ticks(self) -> int:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return int(fields[11]) + int(fields[12])

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)
            if ADDRESS.search(line):
                self._listening.set()
        self._listening.set()


def answer(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """Ask on a connection that may be kept."""
    sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, sent, {**kind, **headers})
    response = connection.getresponse()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def listing(model: str, catalog: str = "azure") -> dict[str, Any]:
    """A new model, as it is posted."""
    return {"catalog": catalog, "model": model, "name": model.upper(), "source": {"name": "mail"}}
