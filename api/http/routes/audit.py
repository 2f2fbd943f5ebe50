"""The audit of notices: who was told, and who was not. People stand here under opaque ids."""

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.http import answers, rendering
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers
from api.http.notice_queries import CSV_TYPE, JSONL_TYPE, AuditQuery, Form, GapsQuery
from api.http.notice_reading import position_of, read
from api.http.paging import WrittenPage, page_answer
from api.http.plain_route import PlainRoute
from api.http.problems import CursorInvalid
from api.http.queries import read_query
from api.http.service import Service
from api.notices.audit_json import audit_texts
from api.notices.reading import Page, pages
from api.notices.wire import AUDIT_COLUMNS, audit_cells, wire_audit
from api.spreadsheets import as_csv
from domain.events import Position
from projections.notices.audit import AuditFilter, AuditKey, Missed, audit, gaps
from projections.notices.audit_json import audit_as_json, key_of
from projections.notices.reached import as_of

router = APIRouter(tags=["notices"], route_class=PlainRoute)

POSITION_HEADER = "Lifecycle-Position"
"""Names the position of an answer whose content has no place for it."""

_ANSWERS = read_answers(CursorInvalid)
_ANSWERS[200] |= {
    "content": {
        CSV_TYPE: {"schema": {"type": "string"}, "example": ",".join(AUDIT_COLUMNS) + "\r\n"},
        JSONL_TYPE: {"schema": {"type": "string"}, "example": '{"run":8,"model":"azure/mistral-large",...}\n'},
    },
    "headers": {
        **_ANSWERS[200]["headers"],
        POSITION_HEADER: {"description": "The position of all rows of a CSV or of JSON lines.", "schema": {"type": "integer"}},
    },
}


@router.get(
    "/v1/notices/audit",
    operation_id="auditNotices",
    summary="Who was told: when, by which channel, in which role, for which subscription, with which dates",
    response_model=answers.AuditPage,
    responses=_ANSWERS,
    openapi_extra=parameters(AuditQuery),
)
async def audit_notices(request: Request) -> Response:
    """A row for each reason why somebody had to be told. Lead times are calendar days from the acceptance to the date."""
    query = read_query(AuditQuery, request)
    return await _answered(request, query, query.wanted(), None)


@router.get(
    "/v1/notices/gaps",
    operation_id="auditGaps",
    summary="Everyone who was not told so many days before the deprecation or the retirement",
    response_model=answers.AuditPage,
    responses=_ANSWERS,
    openapi_extra=parameters(GapsQuery),
)
async def audit_gaps(request: Request) -> Response:
    """Told later, or never: those who are excluded, failed or pending were not told at all."""
    query = read_query(GapsQuery, request)
    return await _answered(request, query, query.wanted(), Missed(query.date, query.days))


async def _answered(request: Request, query: AuditQuery, wanted: AuditFilter, missed: Missed | None) -> Response:
    service: Service = request.app.state.service
    position = await position_of(service, query)
    form = query.form(request)
    if form is not Form.JSON:
        return await all_rows(service, form, position, wanted, missed)
    cursor = read_cursor(request, query.cursor, (int, int, str, str)) or Cursor(position, ())
    page = await read(service, partial(_page, wanted, missed, cursor, query.limit))
    response = page_answer(request, "rows", page, cursor)
    response.headers["Vary"] = "Accept"
    return response


def _page(wanted: AuditFilter, missed: Missed | None, cursor: Cursor, limit: int, connection: Connection) -> WrittenPage:
    after = AuditKey._make(cursor.after) if cursor.after else None
    at = as_of(connection, cursor.position)
    found = audit_as_json(connection, wanted, missed, after=after, limit=limit + 1, position=at)
    following = key_of(found.rows[limit - 1]) if len(found.rows) > limit else None
    texts = islice(audit_texts(found), limit)
    return WrittenPage.of(f"[{','.join(texts)}]".encode(), following)


def _rows_of(wanted: AuditFilter, missed: Missed | None) -> Page:
    if missed is None:
        return lambda c, after, limit, at: audit(c, wanted, after=after, limit=limit, position=at)
    return lambda c, after, limit, at: gaps(c, missed.days, missed.on, wanted, after=after, limit=limit, position=at)


async def all_rows(service: Service, form: Form, position: Position, wanted: AuditFilter, missed: Missed | None) -> Response:
    """Answer with all rows, as they come, as CSV or as JSON lines."""
    page = _rows_of(wanted, missed)
    await run_in_threadpool(service.catch_up)
    headers = {POSITION_HEADER: str(position), "Vary": "Accept"}
    if form is Form.JSONL:
        return StreamingResponse(_lines(service, position, page), media_type=JSONL_TYPE, headers=headers)
    headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return StreamingResponse(_csv(service, position, page), media_type=CSV_TYPE, headers=headers)


def _lines(service: Service, position: Position, page: Page) -> Iterator[bytes]:
    for rows in pages(service.office.views, page, position):
        yield b"".join(chain.from_iterable((rendering.plain(wire_audit(row)), b"\n") for row in rows))


def _csv(service: Service, position: Position, page: Page) -> Iterator[str]:
    yield as_csv([AUDIT_COLUMNS])
    for rows in pages(service.office.views, page, position):
        yield as_csv(map(audit_cells, rows))
