"""Which of the processes that serve a ledger does what must be done once: the views, the clock, the signing, the verifying."""

from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout


class Leading:
    """One process's claim. The system takes it back from a process that died, however it died; then the next one that looks leads."""

    def __init__(self, ledger: Path | None) -> None:
        """`ledger`: where it stands; without a place nobody else can be serving it."""
        self._file = FileLock(ledger.with_name(f"{ledger.stem}.leader.lock"), mode=0o600, thread_local=False) if ledger else None
        self._looking = Lock()

    def leads(self) -> bool:
        """Tell whether this process leads, and take the lead where nobody has it."""
        if self._file is None or self._file.is_locked:
            return True
        with self._looking:
            try:
                self._file.acquire(blocking=False)
            except Timeout:
                return False
            return True

    def close(self) -> None:
        """Leave the lead to others."""
        if self._file is not None:
            self._file.release(force=True)


def always() -> bool:
    """Lead, as a process that serves alone does."""
    return True
