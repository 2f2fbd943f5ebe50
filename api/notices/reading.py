"""Going through the audit page by page, in bounded memory, as of one position."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from projections.notices.audit import AuditKey, AuditRow
from projections.tables.views import Views

PAGE_ROWS = 1000

Page = Callable[[Connection, AuditKey | None, int], Sequence[AuditRow]]
"""Gives the next rows after a key, so many at the most."""


def all_rows(views: Views, page: Page) -> Iterator[AuditRow]:
    """Go through all rows. No transaction stays open between pages: what is asked for is as of one position."""
    after: AuditKey | None = None
    while True:
        with views.reading() as connection:
            rows = page(connection, after, PAGE_ROWS)
        yield from rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1].key
