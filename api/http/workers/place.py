"""What a worker gets from its supervisor: the socket, a pipe to say that it is ready, and one that ends with the supervisor."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

VARIABLE = "LIFECYCLE_WORKER"
"""How the supervisor tells a worker; nobody sets it by hand."""


@dataclass(frozen=True, slots=True)
class Place:
    """A worker's own."""

    listener: int
    ready: int
    life: int
    shared: Path
    """The folder in which the workers tell each other what they have done."""

    @classmethod
    def taken(cls) -> "Place | None":
        """Take the place of this process, and watch the supervisor from now on; none where there is no supervisor."""
        text = os.environ.pop(VARIABLE, "")  # What this process starts is no worker.
        if not text:
            return None
        listener, ready, life, shared = text.split(",", 3)
        place = cls(int(listener), int(ready), int(life), Path(shared))
        for number in (place.listener, place.ready, place.life):
            os.set_inheritable(number, False)  # noqa: FBT003  # the library's
        Thread(target=place._watch, name="supervisor", daemon=True).start()
        return place

    def __str__(self) -> str:
        return f"{self.listener},{self.ready},{self.life},{self.shared}"

    def socket(self) -> socket.socket:
        """Return the socket that all workers listen on."""
        return socket.socket(fileno=self.listener)

    def tell_ready(self) -> None:
        """Tell the supervisor that requests are answered from now on."""
        os.write(self.ready, b"1")
        os.close(self.ready)

    def _watch(self) -> None:
        """Let the worker end in order when the supervisor is gone."""
        while os.read(self.life, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
