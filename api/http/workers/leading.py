"""Which of the processes that serve a ledger does what must be done once: the views, the clock, the signing, the verifying, the post."""

from pathlib import Path
from threading import Lock
from typing import Protocol

from filelock import FileLock, Timeout


class Lead(Protocol):
    """A claim among all machines."""

    def leads(self) -> bool:
        """Tell whether this process leads, and take the lead where nobody has it."""

    def close(self) -> None:
        """Leave the lead to others."""


class Leading:
    """One process's claim. The system takes it back from a process that died, however it died; then the next one that looks leads."""

    def __init__(self, ledger: Path | None, among_all: Lead | None = None) -> None:
        """`ledger`: where it stands, unless nobody else on this machine can be serving it; `among_all`: where other machines can."""
        self._file = FileLock(ledger.with_name(f"{ledger.stem}.leader.lock"), mode=0o600, thread_local=False) if ledger else None
        self._among_all = among_all
        self._looking = Lock()

    def leads_here(self) -> bool:
        """Tell whether this process leads on its machine, and keeps what each machine has of its own: the views."""
        if self._file is None or self._file.is_locked:
            return True
        with self._looking:
            try:
                self._file.acquire(blocking=False)
            except Timeout:
                return False
            return True

    def leads(self) -> bool:
        """Tell whether this process leads among all that serve the ledger, and take the lead where nobody has it. Blocking."""
        if not self.leads_here():
            return False
        if self._among_all is None:
            return True
        with self._looking:
            return self._among_all.leads()

    def close(self) -> None:
        """Leave the lead to others."""
        with self._looking:
            if self._among_all is not None:
                self._among_all.close()
            if self._file is not None:
                self._file.release(force=True)


def always() -> bool:
    """Lead, as a process that serves alone does."""
    return True
