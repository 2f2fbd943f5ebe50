"""Signing what the ledger holds, now and then, while it is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from api.http.logs import log
from api.http.service import Service
from api.http.settings import HttpSettings
from domain.errors import LedgerError
from domain.proof.errors import NoTrees

LOOK_SECONDS = 1.0
"""How often it looks whether a checkpoint is due, or was made by somebody else."""


@asynccontextmanager
async def signing(service: Service, settings: HttpSettings) -> AsyncIterator[None]:
    """Do it until the block ends."""
    task = asyncio.create_task(_for_ever(service, settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _for_ever(service: Service, settings: HttpSettings) -> None:
    loop = asyncio.get_running_loop()
    changed_at: float | None = None
    failing = ""
    while True:
        try:
            last = service.checkpoint = await run_in_threadpool(service.proving.last)
            fresh = service.position - (last.size if last else 0)
            changed_at = (changed_at or loop.time()) if fresh else None
            waited = changed_at is not None and loop.time() - changed_at >= settings.checkpoint_seconds
            if (fresh >= settings.checkpoint_entries or waited) and await asyncio.to_thread(service.leads):
                service.checkpoint, changed_at = await run_in_threadpool(service.proving.checkpoint), None
            service.unsigned = failing = ""
        except NoTrees:
            return
        except LedgerError as error:
            failing = service.unsigned = _told(error.sentence, failing)
        await asyncio.sleep(LOOK_SECONDS)


def _told(reason: str, failing: str) -> str:
    if reason != failing:
        log.error("checkpoint failed", extra={"reason": reason})
    return reason
