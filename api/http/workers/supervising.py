"""Several workers behind one address: started, watched, replaced one after another (SIGHUP), and ended together."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from api.http.logs import log
from api.http.workers.place import VARIABLE, Place
from domain.errors import LedgerError

START_SECONDS = 120
"""How long a worker may take until it answers."""
STEADY_SECONDS = 10.0
"""A worker that ends sooner than this after its start waits before the next try."""
PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.5, 30.0
SPARE_SECONDS = 5.0
"""What a worker gets to end in, beyond what requests in flight get."""


@dataclass(eq=False)
class WorkerEnded(LedgerError):
    """A worker ended before it answered."""

    code: int

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"A worker ended with code {self.code} before it answered; its own message stands above."


@dataclass(eq=False)
class WorkerSlow(LedgerError):
    """A worker did not begin to answer in time."""

    seconds: int

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"A worker did not begin to answer within {self.seconds} seconds. Look at its messages above, and try fewer workers."


class Workers:
    """The processes that answer at one address. It lives on one event loop."""

    def __init__(self, listener: socket.socket, arguments: Sequence[str], *, graceful_seconds: float, shared: Path) -> None:
        """`arguments`: what the command `serve` is given in each of them."""
        self._listener = listener
        self._arguments = arguments
        self._graceful_seconds = graceful_seconds
        self._shared = shared
        self._life = os.pipe()
        self._ending = asyncio.Event()
        self._renewing = asyncio.Lock()
        self._starting = asyncio.Semaphore(os.cpu_count() or 1)
        """More at once would all be slow, and none would be there early."""
        self._running: list[asyncio.subprocess.Process] = []
        self._processes: set[asyncio.subprocess.Process] = set()
        """Those that may be alive, the ones that are being started or ended among them."""

    async def run(self, count: int, started: Callable[[], None]) -> None:
        """Keep so many workers until a signal ends them; `started` is called when all of them answer.

        Raises:
            WorkerEnded: one cannot be started at all.
            WorkerSlow: likewise.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        try:
            self._running = await self._all_started(count)
            renewals: set[asyncio.Task[None]] = set()
            loop.add_signal_handler(signal.SIGHUP, lambda: renewals.add(asyncio.create_task(self._renew())))
            started()
            log.info("workers started", extra={"workers": count})
            keepers = [asyncio.create_task(self._keep(slot)) for slot in range(count)]
            await self._ending.wait()
            for task in (*keepers, *renewals):
                task.cancel()
            await asyncio.gather(*keepers, *renewals, return_exceptions=True)
        finally:
            await asyncio.gather(*map(self._end, list(self._processes)))
            for end in self._life:
                os.close(end)

    async def _all_started(self, count: int) -> list[asyncio.subprocess.Process]:
        starting = [asyncio.create_task(self._started()) for _ in range(count)]
        try:
            return await asyncio.gather(*starting)
        finally:
            for task in starting:
                task.cancel()

    async def _keep(self, slot: int) -> None:
        """Put another worker where one died."""
        pause = PAUSE_SECONDS
        while True:
            worker, began = self._running[slot], monotonic()
            code = await worker.wait()
            if worker is not self._running[slot]:
                continue  # It was replaced.
            log.error("worker died", extra={"worker": worker.pid, "code": code})
            self._processes.discard(worker)
            pause = PAUSE_SECONDS if monotonic() - began > STEADY_SECONDS else min(pause * 2, PAUSE_MAX_SECONDS)
            await self._replace_dead(slot, pause)

    async def _replace_dead(self, slot: int, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                async with self._renewing:
                    self._running[slot] = await self._started()
            except (LedgerError, OSError) as error:
                log.error("no worker could be started", extra={"reason": getattr(error, "sentence", type(error).__name__)})
                pause = min(pause * 2, PAUSE_MAX_SECONDS)
            else:
                log.info("another worker answers", extra={"worker": self._running[slot].pid})
                return

    async def _renew(self) -> None:
        """Replace one after another; the old one ends when the new one answers."""
        async with self._renewing:
            for slot, old in enumerate(self._running):
                try:
                    self._running[slot] = await self._started()
                except (LedgerError, OSError) as error:
                    log.error("workers not replaced", extra={"reason": getattr(error, "sentence", type(error).__name__)})
                    return
                await self._end(old)
            log.info("workers replaced", extra={"workers": len(self._running)})

    async def _started(self) -> asyncio.subprocess.Process:
        """Start a worker when it is its turn, and wait until it answers."""
        async with self._starting:
            return await self._answering()

    async def _answering(self) -> asyncio.subprocess.Process:
        reading, writing = os.pipe()
        place = Place(self._listener.fileno(), writing, self._life[0], self._shared)
        try:
            worker = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "api", "serve", *self._arguments),
                env={**os.environ, VARIABLE: str(place)},
                pass_fds=(place.listener, place.ready, place.life),
            )
        finally:
            os.close(writing)
        self._processes.add(worker)
        try:
            await asyncio.wait_for(_said(reading), START_SECONDS)
        except TimeoutError:
            worker.kill()
            raise WorkerSlow(START_SECONDS) from None
        except EOFError:
            raise WorkerEnded(await worker.wait()) from None
        return worker

    async def _end(self, worker: asyncio.subprocess.Process) -> None:
        if worker.returncode is None:
            worker.terminate()
            try:
                await asyncio.wait_for(worker.wait(), self._graceful_seconds + SPARE_SECONDS)
            except TimeoutError:
                log.error("worker did not end", extra={"worker": worker.pid})
                worker.kill()
                await worker.wait()
        self._processes.discard(worker)


async def _said(reading: int) -> None:
    """Wait until something is said through a pipe; it closes the pipe.

    Raises:
        EOFError: its other end was closed, and nothing was said.
    """
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb"))
    try:
        if not await stream.read(1):
            raise EOFError
    finally:
        transport.close()
