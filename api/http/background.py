"""What the service does between requests, on its event loop: it warms its index, and notices what other processes append."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from api.http.logs import log
from api.http.service import Service
from domain.errors import LedgerError
from projections.stage_index import IndexStopped

SLICE_SECONDS = 0.005
"""How long a question may have to wait for the warming, which takes every second slice."""

WARM_SECONDS = 1.0
"""How often it looks for models that moved on."""

NOTICE_SECONDS = 0.2
"""How often the log is looked at while somebody reads the stream of events."""

RETRY_SECONDS = 2.0


@asynccontextmanager
async def between_requests(service: Service) -> AsyncIterator[None]:
    """Do it until the block ends."""
    tasks = [asyncio.create_task(_repeat(step, service)) for step in (warm, notice)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def warm(service: Service) -> float:
    """Compile some of what nobody asked about yet, and return in how many seconds there may be more."""
    try:
        return SLICE_SECONDS if service.index.warm(SLICE_SECONDS) else WARM_SECONDS
    except IndexStopped:
        return WARM_SECONDS


def notice(service: Service) -> float:
    """See the log's end for those who listen, and return in how many seconds to look again."""
    if service.counters.streams_open:
        service.refresh()
    return NOTICE_SECONDS


async def _repeat(step: Callable[[Service], float], service: Service) -> None:
    failing = ""
    while True:
        try:
            pause, failing = step(service), ""
        except Exception as error:  # noqa: BLE001 - what goes on for ever must outlive a failure
            pause, failing = RETRY_SECONDS, _told(step.__name__, error, failing)
        await asyncio.sleep(pause)


def _told(step: str, error: Exception, failing: str) -> str:
    """Log a failure, once while it stays the same."""
    known = isinstance(error, LedgerError)
    reason = error.sentence if isinstance(error, LedgerError) else type(error).__name__
    if reason != failing:
        log.error("background work failed", extra={"step": step, "reason": reason}, exc_info=None if known else error)
    return reason
