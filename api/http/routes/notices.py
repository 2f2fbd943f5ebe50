"""Notices: who had to be told, who was, when, and who was not. People stand here under opaque ids."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.body_route import BodyRoute, no_parameters
from api.http.conditional import json_answer, tag_of
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers, write_answers
from api.http.notice_bodies import DeliveriesBody
from api.http.paging import CursorText, Limit, paged
from api.http.paths import Serving
from api.http.problems import CursorInvalid
from api.http.queries import DIGITS, POSITION_MAX, Query, RecordedPoint, read_query
from api.http.service import Service
from api.http.writing import IdempotencyKey, command_key, written
from api.notices import wire as shape
from api.notices.attempts import commands
from api.notices.reading import Page, all_rows
from api.notices.reporting import CodeNamesSomebody, NotInAudience, attempts_of
from domain.events import Event, Position
from domain.notices import refusals
from domain.notices.commands import CloseRun
from domain.receipts import Receipt
from domain.streams import NOTICES, run_of
from domain.subjects import SubjectKey
from projections.notices.audit import AuditFilter, AuditKey, audit, gaps
from projections.notices.audit_statements import DateAsked
from projections.notices.coverage import coverage, coverage_by_subscription
from projections.notices.runs import overdue, runs
from projections.notices.told import State

T = TypeVar("T")

router = APIRouter(tags=["notices"], route_class=BodyRoute)

RunPart = Annotated[int, Path(description="The run: the position at which it was opened.", ge=1, le=POSITION_MAX)]
RunNumber = Annotated[Annotated[int, Field(ge=1, le=POSITION_MAX), DIGITS] | None, Field(description="Only this run.", examples=[8])]
Model = Annotated[str | None, Field(description="Only about this model, `catalog/model`.", examples=["azure/mistral-large"])]


class Form(StrEnum):
    """How rows are given."""

    JSON = "json"
    """In pages."""
    CSV = "csv"
    """All of them, as they come."""
    JSONL = "jsonl"


class AsOf(Query):
    """The ledger at a position."""

    recorded_at: Annotated[
        RecordedPoint | None,
        Field(description="As this ledger held it by then: an instant, or a position like @57. Default: its head.", examples=["@1"]),
    ] = None


class RunsQuery(AsOf):
    """Which runs."""

    model: Model = None
    open: Annotated[bool, Field(description="Only those that are not closed.")] = False
    limit: Limit = 100
    cursor: CursorText = None


class CoverageQuery(AsOf):
    """A page of a run's subscriptions."""

    limit: Limit = 100
    cursor: CursorText = None


class AuditQuery(AsOf):
    """Which rows of the audit."""

    model: Model = None
    run: RunNumber = None
    person: Annotated[
        str | None, Field(max_length=100, description="Only of this opaque id: a person's, or a webhook's.", examples=["Zk3vQ0p8R_tXw-1a"])
    ] = None
    subscription: Annotated[
        str | None, Field(max_length=100, description="Only for this subscription.", examples=["6f1c3a52-0000-4000-8000-000000000001"])
    ] = None
    role: Annotated[str | None, Field(max_length=200, description="Only in this role.", examples=["owner"])] = None
    state: Annotated[State | None, Field(description="Only those of whom this holds.")] = None
    format: Annotated[Form, Field(description="json: in pages. csv, jsonl: all rows, as they come.")] = Form.JSON
    limit: Limit = 100
    cursor: CursorText = None

    def wanted(self) -> AuditFilter:
        """Return which rows are asked for.

        Raises:
            InvalidName: the model is no key.
        """
        key = SubjectKey.parse(self.model) if self.model else None
        return AuditFilter(key, self.run, self.person, self.subscription, self.role, self.state)


class GapsQuery(AuditQuery):
    """Who was not told so many days ahead."""

    days: Annotated[Annotated[int, Field(ge=0, le=36_500), DIGITS], Field(description="Calendar days before the date.", examples=[30])]
    date: Annotated[DateAsked, Field(description="Which date: deprecated or retired.")] = DateAsked.DEPRECATED


@router.get(
    "/v1/notices",
    operation_id="listNotices",
    summary="The notification runs, the newest first",
    response_model=answers.NoticesPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(RunsQuery),
)
async def list_notices(request: Request, service: Serving) -> Response:
    """Each with its dates, and how many had to be told, were, could not be, and are left. `overdue` names those that should be closed."""
    query = read_query(RunsQuery, request)
    position = await _as_of(service, query)
    cursor = read_cursor(request, query.cursor, (int,)) or Cursor(position, (POSITION_MAX,))
    key = SubjectKey.parse(query.model) if query.model else None

    def read(connection: Connection) -> tuple[list[wire.JSON], list[Position]]:
        found = runs(
            connection,
            key=key,
            open_only=query.open,
            before=int(cursor.after[0]),
            limit=query.limit + 1,
            position=_unless_head(service, cursor.position),
        )
        late = overdue(connection, service.now(), _unless_head(service, cursor.position))
        return [shape.wire_run(row) for row in found], [each.run.run for each in late]

    rows, late = await _read(service, read)
    return paged(request, "notices", rows, query.limit, cursor, lambda row: (row["run"],), {"overdue": late})


@router.get(
    "/v1/notices/audit",
    operation_id="auditNotices",
    summary="Who was told: when, by which channel, in which role, for which subscription, with which dates",
    response_model=answers.AuditPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(AuditQuery),
)
async def audit_notices(request: Request, service: Serving) -> Response:
    """A row for each reason why somebody had to be told. Lead times are calendar days from the acceptance to the date."""
    query = read_query(AuditQuery, request)
    position = await _as_of(service, query)
    wanted = query.wanted()

    def page(connection: Connection, after: AuditKey | None, limit: int, position: Position | None) -> Sequence[wire.JSON]:
        return [*map(shape.wire_audit, audit(connection, wanted, after=after, limit=limit, position=position))]

    if query.format is not Form.JSON:
        return _all(service, query.format, position, lambda c, after, limit: audit(c, wanted, after=after, limit=limit, position=position))
    return await _page(request, service, query, position, page)


@router.get(
    "/v1/notices/gaps",
    operation_id="auditGaps",
    summary="Everyone who was not told so many days before the deprecation or the retirement",
    response_model=answers.AuditPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(GapsQuery),
)
async def audit_gaps(request: Request, service: Serving) -> Response:
    """Told later, or never: those who are excluded, failed or pending were not told at all."""
    query = read_query(GapsQuery, request)
    position = await _as_of(service, query)
    ask = partial(gaps, days=query.days, on=query.date, wanted=query.wanted())

    def page(connection: Connection, after: AuditKey | None, limit: int, position: Position | None) -> Sequence[wire.JSON]:
        return [*map(shape.wire_audit, ask(connection, after=after, limit=limit, position=position))]

    if query.format is not Form.JSON:
        return _all(service, query.format, position, lambda c, after, limit: ask(c, after=after, limit=limit, position=position))
    return await _page(request, service, query, position, page)


@router.get(
    "/v1/notices/{run}",
    operation_id="getNotice",
    summary="One run's coverage: how many had to be told, were, and were not, and why",
    response_model=answers.NoticeCoverage,
    responses=read_answers(refusals.NoSuchRun),
    openapi_extra=parameters(AsOf),
)
async def get_notice(request: Request, service: Serving, run: RunPart) -> Response:
    """`late`: told with fewer days than the policy asks for. `never`: excluded, failed or pending."""
    query = read_query(AsOf, request)
    position = await _as_of(service, query)
    found = await _read(service, lambda connection: coverage(connection, run, _unless_head(service, position)))
    if found is None:
        raise refusals.NoSuchRun(run)
    content = {**shape.wire_coverage(found), "opened": wire.event(_opened(service, run)), "position": position}
    return json_answer(request, rendering.plain(content), tag_of(rendering.plain(content)))


@router.get(
    "/v1/notices/{run}/subscriptions",
    operation_id="listNoticeSubscriptions",
    summary="One run's coverage by subscription",
    response_model=answers.NoticeSubscriptionsPage,
    responses=read_answers(refusals.NoSuchRun, CursorInvalid),
    openapi_extra=parameters(CoverageQuery),
)
async def notice_subscriptions(request: Request, service: Serving, run: RunPart) -> Response:
    """Sorted by id; somebody with two roles counts once."""
    query = read_query(CoverageQuery, request)
    position = await _as_of(service, query)
    cursor = read_cursor(request, query.cursor, (str,)) or Cursor(position, ("",))
    _opened(service, run)

    def read(connection: Connection) -> list[wire.JSON]:
        at = _unless_head(service, cursor.position)
        found = coverage_by_subscription(connection, run, after=str(cursor.after[0]), limit=query.limit + 1, position=at)
        return [{"subscription": subscription, **shape.wire_counts(counts)} for subscription, counts in found]

    return paged(request, "subscriptions", await _read(service, read), query.limit, cursor, lambda row: (row["subscription"],))


@router.post(
    "/v1/notices/{run}/deliveries",
    operation_id="reportDeliveries",
    summary="Report deliveries that were made by other means, and what bounced late",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(
        refusals.NoSuchRun,
        refusals.AudienceOpen,
        refusals.RunClosed,
        refusals.NoSuchRecipient,
        refusals.DeliveryAtNoTime,
        NotInAudience,
        CodeNamesSomebody,
    ),
)
async def report_deliveries(
    service: Serving, run: RunPart, report: Annotated[DeliveriesBody, Body()], idempotency_key: IdempotencyKey = None
) -> Response:
    """All of them are recorded, or none. Once the run is closed, only bounces are."""
    key, sent_under = _key_of(service, run), command_key(idempotency_key)
    attempts = await _read(service, lambda connection: attempts_of(connection, run, report.channel, report.reports()))
    (command,) = commands(key, run, attempts, report.reported_by)
    return written(await service.record(command, sent_under, None), service, f"/v1/notices/{run}")


@router.post(
    "/v1/notices/{run}/closure",
    dependencies=[Depends(no_parameters)],
    operation_id="closeNotice",
    summary="Close a run in which everybody is accounted for",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.NoSuchRun, refusals.AudienceOpen, refusals.RunIncomplete),
)
async def close_notice(service: Serving, run: RunPart, idempotency_key: IdempotencyKey = None) -> Response:
    """Only when expected = accepted + failed + excluded."""
    receipt: Receipt = await service.record(CloseRun(key=_key_of(service, run), run=run), command_key(idempotency_key), None)
    return written(receipt, service, f"/v1/notices/{run}")


async def _as_of(service: Service, query: AsOf) -> Position:
    await service.reach(query.min_position)
    return service.position if query.recorded_at is None else service.ledger.position_at(query.recorded_at)


def _unless_head(service: Service, position: Position) -> Position | None:
    """Return a position to ask as of; none for the end of the log, which is asked with less work."""
    return None if position >= service.position else position


async def _read(service: Service, ask: Callable[[Connection], T]) -> T:
    return await run_in_threadpool(_ask, service, ask)


def _ask(service: Service, ask: Callable[[Connection], T]) -> T:
    service.catch_up()
    with service.office.views.reading() as connection:
        return ask(connection)


async def _page(
    request: Request,
    service: Service,
    query: AuditQuery,
    position: Position,
    page: Callable[[Connection, AuditKey | None, int, Position | None], Sequence[wire.JSON]],
) -> Response:
    cursor = read_cursor(request, query.cursor, (int, int, str, str)) or Cursor(position, ())
    after = AuditKey(*cursor.after) if cursor.after else None  # type: ignore[arg-type]  # of the shape that was read
    rows = await _read(service, lambda connection: page(connection, after, query.limit + 1, _unless_head(service, cursor.position)))
    return paged(request, "rows", rows, query.limit, cursor, lambda row: (row["run"], row["member"], row["subscription"], row["role"]))


def _all(service: Service, form: Form, position: Position, page: Page) -> Response:
    def rows() -> Iterable[wire.JSON]:
        service.catch_up()
        return map(shape.wire_audit, all_rows(service.office.views, page))

    headers = {"Lifecycle-Position": str(position)}
    if form is Form.CSV:
        lines = (line for line in shape.as_csv(map(shape.audit_cells, rows()), shape.AUDIT_COLUMNS))
        return StreamingResponse(lines, media_type="text/csv", headers={**headers, "Content-Disposition": "attachment; filename=audit.csv"})
    return StreamingResponse((rendering.plain(row) + b"\n" for row in rows()), media_type="application/jsonl", headers=headers)


def _key_of(service: Service, run: Position) -> SubjectKey:
    for entry in service.ledger.store.outline(run - 1, run):
        if entry.stream.startswith(NOTICES) and entry.version == 1:
            return run_of(entry.stream)[0]
    raise refusals.NoSuchRun(run)


def _opened(service: Service, run: Position) -> Event:
    _key_of(service, run)
    return next(iter(service.ledger.store.log(run - 1, run))).event
