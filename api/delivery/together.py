"""Several pieces of work at a time, that begin and end together."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence

_AGAIN_SECONDS = 1.0


async def together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Do all; where one fails or all are cancelled, none goes on behind the caller's back."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        # Not `gather`, which would pass a cancellation on, and make it two: one that comes while a connection is closed leaves it open.
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await _ended(tasks)
    failures = [error for task in tasks if not task.cancelled() and (error := task.exception())]
    if failures:
        raise failures[0]


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        # More than once: `asyncio.wait_for` of Python 3.11 swallows a cancellation that comes with its result.
        await asyncio.wait(going, timeout=_AGAIN_SECONDS)
