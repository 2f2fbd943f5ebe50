"""The tail: a thread that hears from the database that the log has grown, so that no request has to ask."""

from collections.abc import Callable
from threading import Thread

from domain.store.contract import Ear

LOOK_SECONDS = 0.5
"""How often the log is looked at all the same: a connection can be gone without anyone noticing."""


class Tail:
    """One thread from `start` to `close`."""

    def __init__(self, ear: Ear, grown: Callable[[], None]) -> None:
        """`grown` is called, on the thread, when something may have been appended, by whichever process."""
        self._ear = ear
        self._grown = grown
        self._ending = False
        self._thread = Thread(target=self._run, name="log-tail", daemon=True)

    def hears(self) -> bool:
        """Tell whether the database says what is appended. A replica does not, nor does one that is away."""
        return self._ear.hears and self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, seconds: float) -> None:
        """End it, and wait so long for what it is doing."""
        self._ending = True
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._ending:
            self._ear.wait(LOOK_SECONDS)
            self._grown()
