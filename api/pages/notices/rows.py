"""Rows of the audit, as a page shows them: one for each reason why somebody had to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from api.http.cursors import Cursor, read_cursor
from api.http.notice_queries import AuditQuery
from api.http.notice_reading import position_of, read
from api.http.service import Service
from api.pages.notices.asked import PAGE_ROWS, Asked
from domain.events import Position
from domain.instants import parse_instant
from projections.directory.wishes import wishes
from projections.notices.audit import AuditFilter, AuditKey, AuditRow, Missed, audit, gaps
from projections.notices.reached import as_of


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of them."""

    rows: Sequence[AuditRow]
    wishes: Mapping[str, str]
    """Of the people in them: `erased` or `opted_out`."""
    position: Position
    following: str
    """The query of the next page; empty where there is none."""
    is_first: bool


async def rows_of(service: Service, asked: Asked, query: AuditQuery, wanted: AuditFilter, missed: Missed | None = None) -> Rows:
    """Return the page that is asked for.

    Raises:
        CursorInvalid: the cursor belongs to another question.
        LedgerError: it cannot be asked.
    """
    cursor = read_cursor(asked.request, query.cursor, (int, int, str, str)) or Cursor(await position_of(service, query), ())
    after = AuditKey._make(cursor.after) if cursor.after else None

    def ask(connection: Connection) -> tuple[Sequence[AuditRow], Mapping[str, str]]:
        at = as_of(connection, cursor.position)
        if missed is None:
            found = audit(connection, wanted, after=after, limit=PAGE_ROWS + 1, position=at)
        else:
            found = gaps(connection, missed.days, missed.on, wanted, after=after, limit=PAGE_ROWS + 1, position=at)
        return found, wishes(connection, cursor.position, {row.id for row in found})

    found, known = await read(service, ask)
    shown = found[:PAGE_ROWS]
    following = asked.following(Cursor(cursor.position, shown[-1].key)) if len(found) > PAGE_ROWS else ""
    return Rows(shown, known, cursor.position, following, not cursor.after)


def at(text: str) -> datetime:
    """Read an instant of a view."""
    return parse_instant(text)
