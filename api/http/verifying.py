"""Verifying the file of the ledger that is served, now and then and on demand, in a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.http.logs import log
from api.http.workers.leading import always
from domain.clock import Clock, system_clock
from domain.verification.verdicts import Verdict

BESIDE = 10
"""How far below the service's own priority it works."""
FIRST_SECONDS = 60.0
"""After how long it begins for the first time, so that starting is not slowed by it."""
REASON_MAX = 500
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Verification:
    """What one came to."""

    began_at: datetime
    ended_at: datetime
    verdict: Verdict
    reason: str | None
    """What is wrong; none where nothing is."""
    table: str | None
    row: int | None
    entries: int
    commands: int
    checkpoints: int


class Verifications:
    """Those of one ledger's file: one at a time. It lives on one event loop."""

    def __init__(self, path: Path | None, clock: Clock = system_clock) -> None:
        """`path`: the ledger's file; none for a ledger that is in no file, and cannot be verified so."""
        self.path = path.absolute() if path else None
        self.last: Verification | None = None
        """What the last one came to that ended."""
        self.began_at: datetime | None = None
        """When the one that goes on now began."""
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin one, unless one goes on."""
        if self.path is not None and self.began_at is None:
            self.began_at = self._clock()
            self._task = asyncio.create_task(self._run(self.path, self.began_at))

    async def ended(self) -> None:
        """Wait until none goes on."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """End the one that goes on; it comes to nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, path: Path, began_at: datetime) -> None:
        try:
            found = await _verified(path)
            self.last = Verification(
                began_at=began_at,
                ended_at=self._clock(),
                verdict=Verdict(found["verdict"]),
                reason=found["reason"] and str(found["reason"])[:REASON_MAX],
                table=found["table"],
                row=found["row"],
                entries=found["entries"],
                commands=found["commands"],
                checkpoints=found["checkpoints"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.last = Verification(began_at, self._clock(), Verdict.UNVERIFIABLE, _ended_early(error), None, None, 0, 0, 0)
        finally:
            self.began_at = None
        told = log.info if self.last.verdict in {Verdict.INTACT, Verdict.NEVER_CHECKPOINTED} else log.error
        told("verified", extra={"verdict": self.last.verdict.value, "reason": self.last.reason, "entries": self.last.entries})


def _ended_early(error: Exception) -> str:
    return f"The verification ended before it could tell ({type(error).__name__})"


async def _verified(path: Path) -> dict[str, Any]:
    """Run the command that verifies, and return what it prints."""
    command = (sys.executable, "-m", "api", "verify", "--database", f"sqlite:///{path}", "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        with suppress(OSError):  # It may have ended, and some systems have no priorities.
            os.setpriority(os.PRIO_PROCESS, process.pid, BESIDE)
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = json.loads(printed)
    if not isinstance(found, dict):
        raise TypeError(found)
    return found


@asynccontextmanager
async def verifying(
    verifications: Verifications, minutes: float, first: float = FIRST_SECONDS, leads: Callable[[], bool] = always
) -> AsyncIterator[None]:
    """Verify every so many minutes until the block ends, the first time after `first` seconds; never by itself where they are 0.

    `leads`: whether this process is the one that does it, where several serve the ledger.
    """

    async def for_ever() -> None:
        await asyncio.sleep(first)
        while True:
            if leads():
                verifications.begin()
                await verifications.ended()
            await asyncio.sleep(minutes * MINUTE)

    task = asyncio.create_task(for_ever()) if minutes else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await verifications.close()
