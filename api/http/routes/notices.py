"""Notification runs: how far they reached, what others report of them, and their end."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.body_route import BodyRoute, no_parameters
from api.http.conditional import json_answer, tag_of
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers, write_answers
from api.http.notice_bodies import DeliveriesBody
from api.http.notice_queries import AsOf, CoverageQuery, ProofQuery, RunsQuery, key_of
from api.http.notice_reading import position_of, read
from api.http.paging import paged
from api.http.paths import Serving
from api.http.problems import CursorInvalid
from api.http.queries import POSITION_MAX, read_query
from api.http.service import Service
from api.http.writing import IdempotencyKey, command_key, written
from api.notices import wire as shape
from api.notices.attempts import commands
from api.notices.opened import opened_run
from api.notices.reporting import CodeNamesSomebody, NotInAudience, attempts_of
from api.proving.runs import proven_closure, proven_told
from domain.events import Position
from domain.notices import refusals
from domain.notices.commands import CloseRun
from domain.proof import errors as proof
from domain.receipts import Receipt
from projections.notices.coverage import coverage, coverage_by_subscription
from projections.notices.findings import findings
from projections.notices.reached import as_of
from projections.notices.runs import overdue, run_at, runs

router = APIRouter(tags=["notices"], route_class=BodyRoute)

RunPart = Annotated[int, Path(description="The run: the position at which it was opened.", ge=1, le=POSITION_MAX)]


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
    key = key_of(query.model)
    position = await position_of(service, query)
    cursor = read_cursor(request, query.cursor, (int,)) or Cursor(position, (POSITION_MAX,))
    before = int(cursor.after[0])

    def ask(connection: Connection) -> tuple[list[wire.JSON], list[Position]]:
        at = as_of(connection, cursor.position)
        found = runs(connection, key=key, open_only=query.open, before=before, limit=query.limit + 1, position=at)
        late = overdue(connection, service.now(), at)
        planned = (shape.wire_schedule(opened_run(service.ledger, row.run).before) for row in found)
        return [{**shape.wire_run(row), "before": plan} for row, plan in zip(found, planned, strict=True)], [each.run.run for each in late]

    rows, late = await read(service, ask)
    return paged(request, "notices", rows, query.limit, cursor, lambda row: (row["run"],), {"overdue": late})


@router.get(
    "/v1/notices/{run}",
    operation_id="getNotice",
    summary="One run's coverage: how many had to be told, were, and were not, and why",
    response_model=answers.NoticeCoverage,
    responses=read_answers(refusals.NoSuchRun),
    openapi_extra=parameters(AsOf),
)
async def get_notice(request: Request, service: Serving, run: RunPart) -> Response:
    """`late`: told with fewer days than the policy asks for. `never`: excluded, failed or pending. `opened`: what its notices say."""
    query = read_query(AsOf, request)
    position = await position_of(service, query)

    def ask(connection: Connection) -> wire.JSON:
        at = as_of(connection, position)
        of = coverage(connection, run, at)
        if of is None:
            raise refusals.NoSuchRun(run)
        late = any(each.run.run == run for each in overdue(connection, service.now(), at))
        return shape.wire_coverage(of, findings(of, overdue=late))

    content = await read(service, ask)
    body = rendering.plain({**content, "opened": wire.event(opened_run(service.ledger, run)), "position": position})
    return json_answer(request, body, tag_of(body))


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
    position = await position_of(service, query)
    cursor = read_cursor(request, query.cursor, (str,)) or Cursor(position, ("",))
    after = str(cursor.after[0])

    def ask(connection: Connection) -> list[wire.JSON]:
        at = as_of(connection, cursor.position)
        if run_at(connection, run, at) is None:
            raise refusals.NoSuchRun(run)
        found = coverage_by_subscription(connection, run, after=after, limit=query.limit + 1, position=at)
        return [{"subscription": subscription, **shape.wire_counts(counts)} for subscription, counts in found]

    return paged(request, "subscriptions", await read(service, ask), query.limit, cursor, lambda row: (row["subscription"],))


@router.get(
    "/v1/notices/{run}/proof",
    operation_id="proveNotice",
    summary="Prove how a run was closed, or that one person was told in it",
    response_model=answers.Bundle,
    responses=read_answers(refusals.NoSuchRun, refusals.NoSuchMember, proof.NoTrees, proof.NotConsistent, proof.KeysUnknown),
    openapi_extra=parameters(ProofQuery),
)
async def prove_notice(request: Request, service: Serving, run: RunPart) -> Response:
    """With `person`, by the opaque id: what became of that person's notice. `verify_answer.py` checks the answer without this service."""
    query = read_query(ProofQuery, request)
    position = await position_of(service, query)
    content = await run_in_threadpool(_proven, service, run, query.person, position)
    body = rendering.plain(content)
    return json_answer(request, body, tag_of(body))


def _proven(service: Service, run: Position, person: str | None, position: Position) -> wire.JSON:
    key = opened_run(service.ledger, run).key
    if run > position:
        raise refusals.NoSuchRun(run)
    if person is None:
        return proven_closure(service.proving, key, run, position)
    return proven_told(service.proving, key, run, person, position)


@router.post(
    "/v1/notices/{run}/deliveries",
    operation_id="reportDeliveries",
    summary="Report deliveries that were made by other means, and what bounced late",
    status_code=201,
    response_model=answers.NoticeWritten,
    responses=write_answers(
        refusals.NoSuchRun, refusals.AudienceOpen, refusals.RunClosed, refusals.DeliveryAtNoTime, NotInAudience, CodeNamesSomebody
    ),
)
async def report_deliveries(
    service: Serving, run: RunPart, report: Annotated[DeliveriesBody, Body()], idempotency_key: IdempotencyKey = None
) -> Response:
    """All of them are recorded, or none. Once the run is closed, only bounces are."""
    sent_under = command_key(idempotency_key)
    service.refresh()
    key = (await run_in_threadpool(opened_run, service.ledger, run)).key
    attempts = await read(service, lambda connection: attempts_of(connection, run, report.channel, report.reports()))
    (command,) = commands(key, run, attempts, report.reported_by)
    return await _written(service, await service.record(command, sent_under, None), run)


@router.post(
    "/v1/notices/{run}/closure",
    dependencies=[Depends(no_parameters)],
    operation_id="closeNotice",
    summary="Close a run in which everybody is accounted for",
    status_code=201,
    response_model=answers.NoticeWritten,
    responses=write_answers(refusals.NoSuchRun, refusals.AudienceOpen, refusals.RunIncomplete),
)
async def close_notice(service: Serving, run: RunPart, idempotency_key: IdempotencyKey = None) -> Response:
    """Only when expected = accepted + failed + excluded."""
    sent_under = command_key(idempotency_key)
    key = (await run_in_threadpool(opened_run, service.ledger, run)).key
    return await _written(service, await service.record(CloseRun(key=key, run=run), sent_under, None), run)


async def _written(service: Service, receipt: Receipt, run: Position) -> Response:
    """Answer with the run as the command left it, however often it is sent."""
    position = receipt.position or service.position
    found = await read(service, lambda connection: run_at(connection, run, as_of(connection, position)))
    return written(receipt, service, f"/v1/notices/{run}", {"notice": shape.wire_run(found) if found else None})
