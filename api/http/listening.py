"""The socket that the service listens on, taken before anything slow is done."""

import os
import socket
from dataclasses import dataclass

from domain.errors import LedgerError

BACKLOG = 2048
"""Connections that wait to be accepted."""


@dataclass(eq=False)
class CannotListen(LedgerError):
    """The address is taken, is not of this machine, or may not be used."""

    host: str
    port: int
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"Cannot listen at {self.host} port {self.port}: {self.reason}. Name another with --port or --host; port 0 takes any free one."
        )


def bound_socket(host: str, port: int) -> socket.socket:
    """Take an address. Who connects meanwhile waits for the service to start; nobody else can take it.

    Raises:
        CannotListen: it cannot be had.
    """
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        if listener is not None:
            listener.close()
        raise CannotListen(host, port, _reason(error)) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address as a browser takes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host is known"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return "it is no address"
