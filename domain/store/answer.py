"""The answer to submitted work: a future for threads, and for asyncio one that a whole group of callers wakes up with at once."""

import asyncio
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Answer(Future[T]):
    """A future that asyncio code may also await as it is.

    `asyncio.wrap_future` works too, but wakes its event loop once for every future: for a group of 64 that costs more than the group.
    """

    def __init__(self) -> None:
        super().__init__()
        self._awaiting: list[asyncio.Future[None]] = []

    def __await__(self) -> Generator[Any, None, T]:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._condition:
            waits = not self.done()
            if waits:
                self._awaiting.append(waiter)
        if waits:
            try:
                yield from waiter
            except asyncio.CancelledError:
                self.cancel()
                raise
        return self.result(timeout=0)

    @staticmethod
    def wake(answers: "Iterable[Answer[Any]]") -> None:
        """Wake all who await these answers, which are done: once for each event loop."""
        loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for answer in answers:
            for waiter in answer._awaiting:  # noqa: SLF001 - its own class
                loops.setdefault(waiter.get_loop(), []).append(waiter)
        for loop, waiters in loops.items():
            with suppress(RuntimeError):  # A loop that was closed has nobody left to wake.
                loop.call_soon_threadsafe(_wake_all, waiters)


def _wake_all(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
