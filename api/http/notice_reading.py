"""Asking the tables of notices over HTTP: off the event loop, after they have come as far as the log."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from api.http.notice_queries import AsOf
from api.http.service import Service
from domain.events import Position

T = TypeVar("T")

_READERS = ThreadPoolExecutor(2, "notice-reader")


async def position_of(service: Service, query: AsOf) -> Position:
    """Return the position as of which a question is asked.

    Raises:
        PositionNotReached: the ledger has not come as far as `min_position`.
        PositionAhead: it has not come as far as `recorded_at`.
        AsksTheFuture: `recorded_at` lies ahead.
    """
    await service.reach(query.min_position)
    return service.position if query.recorded_at is None else service.ledger.position_at(query.recorded_at)


async def read(service: Service, ask: Callable[[Connection], T]) -> T:
    """Ask the tables.

    Raises:
        NoticesStopped: an entry of the log cannot be taken in.
        LedgerError: the ledger or the tables cannot be read.
    """
    return await asyncio.get_running_loop().run_in_executor(_READERS, _asked, service, ask)


def _asked(service: Service, ask: Callable[[Connection], T]) -> T:
    service.catch_up()
    with service.office.views.reading() as connection:
        return ask(connection)
