"""Going through the audit page by page, in bounded memory, as of one position."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from domain.events import Position
from projections.notices.audit import AuditKey, AuditRow
from projections.notices.reached import as_of
from projections.tables.views import Views

PAGE_ROWS = 1000

Page = Callable[[Connection, AuditKey | None, int, Position | None], Sequence[AuditRow]]
"""Gives the next rows after a key, so many at the most, as of a position; as of the end of the log, if none is given."""


def pages(views: Views, page: Page, position: Position) -> Iterator[Sequence[AuditRow]]:
    """Give all rows. No transaction stays open between pages: each is asked for as of the position."""
    after: AuditKey | None = None
    while True:
        with views.reading() as connection:
            rows = page(connection, after, PAGE_ROWS, as_of(connection, position))
        if rows:
            yield rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1].key
