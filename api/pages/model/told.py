"""Who was told about a model: its notification runs, for those who may read about notices."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api.access.principal import sender
from api.access.scopes import AccessScope
from api.http.notice_reading import read
from api.http.service import Service
from domain.errors import LedgerError
from domain.events import Position
from domain.subjects import SubjectKey
from projections.notices.reached import as_of
from projections.notices.runs import RunRow, runs

RUNS = 20
"""The newest runs that are shown."""
_NEEDED = frozenset({AccessScope.NOTICES})


@dataclass(frozen=True, slots=True)
class ToldOf:
    """The notification runs of a model, the newest first."""

    runs: Sequence[RunRow]
    more: bool
    """Whether there are older ones."""
    trouble: str = ""
    """Why they cannot be told; empty where they can."""


async def told_of(service: Service, key: SubjectKey, position: Position) -> ToldOf | None:
    """Return the runs as of a position; none where the sender may not read about notices."""
    principal = sender.get()
    if principal is not None and not principal.may(_NEEDED):
        return None

    def ask(connection: Connection) -> Sequence[RunRow]:
        return runs(connection, key=key, limit=RUNS + 1, position=as_of(connection, position))

    try:
        found = await read(service, ask)
    except LedgerError as error:  # The rest of the page stands without the views of notices.
        return ToldOf((), more=False, trouble=error.sentence)
    return ToldOf(found[:RUNS], more=len(found) > RUNS)
