"""What the workers tell each other for the metrics: each writes now and then what it has done, and reads the others when it is asked."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

WRITE_SECONDS = 1.0
"""How much of what it has done a killed worker takes with it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one worker has done since it was started."""

    answers: Sequence[tuple[str, str, int, float, Sequence[int]]] = ()
    """Method, handler, status, seconds in all, answers by bucket."""
    counts: dict[str, int] = field(default_factory=dict)
    """What only grows."""
    open: dict[str, int] = field(default_factory=dict)
    """What there is at this moment, and ends with the worker."""


class Sharing:
    """One worker's part of a folder that they share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.json"

    def write(self, done: Done) -> None:
        """Tell the others. Blocking."""
        unfinished = self._own.with_suffix(".part")
        with suppress(OSError):  # The supervisor has taken the folder away: nobody asks any more.
            unfinished.write_text(json.dumps(asdict(done)), encoding="utf-8")
            unfinished.replace(self._own)

    def others(self) -> Sequence[Done]:
        """Return what all others have done, those that have ended among them. Blocking."""
        return [found for file in sorted(self._folder.glob("*.json")) if file != self._own and (found := _read(file))]


@asynccontextmanager
async def sharing(folder: Path | None, done: Callable[[], Done]) -> AsyncIterator[Sharing | None]:
    """Tell the others until the block ends; without a folder there are none."""
    if folder is None:
        yield None
        return
    shared = Sharing(folder)

    async def for_ever() -> None:
        while True:
            await asyncio.to_thread(shared.write, done())
            await asyncio.sleep(WRITE_SECONDS)

    task = asyncio.create_task(for_ever())
    try:
        yield shared
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(shared.write, done())


def _read(file: Path) -> Done | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    answers = [(method, handler, status, seconds, counts) for method, handler, status, seconds, counts in found["answers"]]
    return Done(answers, found["counts"], found["open"] if _lives(int(file.stem)) else {})


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
