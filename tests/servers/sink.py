"""A mail server as a process of its own, small and fast: it keeps who was sent what in a file, and outlives whoever talks to it.

Run as a script it prints its port, and serves until it is ended: `python tests/servers/sink.py LOG [MILLISECONDS] [CONNECTIONS_MAX]`.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

HOST = "127.0.0.1"
END_SECONDS = 10
_END = b"\r\n.\r\n"
_NUMBERS = count(1)


class _Connection(asyncio.Protocol):
    """Answers line by line, and takes what comes after DATA in one piece."""

    open = 0

    def __init__(self, log: BinaryIO, seconds: float, connections_max: int) -> None:
        self.log, self.seconds, self.connections_max = log, seconds, connections_max
        self.received = bytearray()
        self.in_data = False
        self.recipient = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        _Connection.open += 1
        if _Connection.open > self.connections_max:
            transport.write(b"421 4.7.0 too many connections\r\n")
            transport.close()
        else:
            transport.write(b"220 sink\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as the protocol has it
        _Connection.open -= 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        while not self.transport.is_closing():
            end = self.received.find(_END if self.in_data else b"\r\n")
            if end < 0:
                return
            taken = bytes(self.received[:end])
            del self.received[: end + (len(_END) if self.in_data else 2)]
            if self.in_data:
                self.in_data = False
                self._accept(taken)
            else:
                self._obey(taken)

    def _obey(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line[line.index(b"<") + 1 : line.index(b">")]
        self.in_data = verb == b"DATA"
        answers = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
        self.transport.write(answers.get(verb, b"250 2.0.0 OK\r\n"))
        if verb == b"QUIT":
            self.transport.close()

    def _accept(self, message: bytes) -> None:
        """Keep it before saying so: what is not in the file was not accepted."""
        self.log.write(self.recipient + b" %d\n" % len(message))
        answer = b"250 2.0.0 Ok: queued as %06X\r\n" % next(_NUMBERS)
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, answer)
        else:
            self.transport.write(answer)


@dataclass(frozen=True)
class Sink:
    """One that runs."""

    port: int
    log: Path
    process: subprocess.Popen[str]

    def copies(self) -> Counter[str]:
        """Return how many messages each recipient was sent."""
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())

    def messages(self) -> int:
        """Return how many messages it has taken."""
        return self.log.read_bytes().count(b"\n")


@contextmanager
def sink(log: Path, seconds: float = 0.0, connections_max: int = 1000) -> Iterator[Sink]:
    """Run one; it takes so long for each message, and refuses further connections with 421."""
    arguments = [str(log), str(seconds * 1000), str(connections_max)]
    with subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Sink(int(process.stdout.readline()), log, process)
        finally:
            process.terminate()
            process.wait(END_SECONDS)


async def _serve(log: BinaryIO, seconds: float, connections_max: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(log, seconds, connections_max), HOST, 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _main() -> None:
    path, milliseconds, connections_max = sys.argv[1:]
    with Path(path).open("ab", buffering=0) as log:
        asyncio.run(_serve(log, float(milliseconds) / 1000, int(connections_max)))


if __name__ == "__main__":
    _main()
