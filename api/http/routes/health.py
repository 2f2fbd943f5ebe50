"""Whether the process answers, whether every part does its work, and which software it is."""

from contextlib import suppress
from time import monotonic

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.http import answers, rendering
from api.http.body_route import no_parameters
from api.http.conditional import JSON_TYPE
from api.http.described import public_answers
from api.http.paths import Serving
from api.http.service import Service
from api.http.standing import STILL_SECONDS
from api.version import VERSION
from domain.errors import LedgerError
from domain.verification.verdicts import Verdict
from projections.notices.runs import overdue

router = APIRouter(tags=["operation"], dependencies=[Depends(no_parameters)])

WARNINGS_MAX = 20
"""Overdue runs that are named."""

LAG_MAX = 10_000
"""Entries that a view may be behind the log and still count as ready."""


@router.get("/healthz", operation_id="getHealth", summary="The process answers", responses=public_answers())
async def healthz() -> answers.Health:
    """Nothing is looked at: a process that cannot answer this has to be started anew."""
    return answers.Health(status="ok")


@router.get("/version", operation_id="getVersion", summary="The software's name and version", responses=public_answers())
async def get_version() -> answers.Version:
    """The version of the software, not of the API."""
    return answers.Version(name="lifecycle-ledger", version=VERSION)


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether the ledger can be read and every view follows it",
    response_model=answers.Readiness,
    responses={
        **public_answers(),
        503: {"model": answers.Readiness, "description": "Something does not do its work: `reasons` says what."},
    },
)
async def readyz(service: Serving) -> Response:
    """`503` where a view stands before an entry that it cannot read; questions are answered from the log even then.

    `warnings` name what needs a person: runs that are overdue, and why notices do not go out.
    """
    content = await run_in_threadpool(_readiness, service)
    return Response(rendering.plain(content.model_dump()), 200 if content.ready else 503, media_type=JSON_TYPE)


def _readiness(service: Service) -> answers.Readiness:
    position, views, reasons = service.position, [], []
    try:
        position = service.ledger.store.head().position
        views = _views(service, position)
    except LedgerError:
        reasons.append("The ledger or its views cannot be read; the log says why.")
    reasons += [f"The view {view.view} stopped before entry {view.stopped_at}." for view in views if view.stopped_at]
    reasons += [f"The view {view.view} is {view.lag} entries behind." for view in views if not view.stopped_at and view.lag > LAG_MAX]
    for view in views:
        still = service.marks.still(view.view, view.position, view.lag, monotonic())
        if still > STILL_SECONDS and not view.stopped_at:
            reasons.append(f"The view {view.view} has stood at entry {view.position} for {still:.0f} seconds, with entries before it.")
    follower = service.follower
    if follower is not None and follower.failing:
        reasons.append("The views are not followed; the log says why.")
    if follower is not None and not follower.alive:
        reasons.append("The follower of the views has ended.")
    if service.unsigned:
        reasons.append(f"Nothing is signed: {service.unsigned}")
    return answers.Readiness(ready=not reasons, position=position, views=views, reasons=reasons, warnings=_warnings(service))


def _warnings(service: Service) -> list[str]:
    warnings: list[str] = []
    with suppress(LedgerError):  # Then there are reasons already.
        service.catch_up()
        with service.office.views.reading() as connection:
            late = overdue(connection, service.now())
        warnings += [f"Notification run {each.run.run} of {each.run.key} is overdue." for each in late[:WARNINGS_MAX]]
        warnings += [f"{len(late) - WARNINGS_MAX} more notification runs are overdue."] if len(late) > WARNINGS_MAX else []
    postman = service.postman
    if postman is not None and postman.failing:
        warnings.append(f"Notices do not go out: {postman.failing}")
    if postman is not None and not postman.alive:
        warnings.append("The worker that tells people has ended.")
    verified = service.verifications.last
    if verified is not None and verified.verdict in {Verdict.TAMPERED, Verdict.TRUNCATED, Verdict.UNVERIFIABLE}:
        warnings.append(f"The ledger's file was found {verified.verdict} at {verified.ended_at:%Y-%m-%dT%H:%M:%SZ}.")
    return warnings


def _views(service: Service, head: int) -> list[answers.ViewHealth]:
    index, follower = service.index, service.follower
    stopped = index.stopped
    found = [
        answers.ViewHealth(
            view="stage_index",
            position=index.position,
            lag=max(0, head - index.position) if stopped else 0,
            stopped_at=stopped.position if stopped else None,
            reason="This version of the software cannot read it." if stopped else None,
        )
    ]
    for state in follower.states() if follower else ():
        reason = "This version of the software cannot take it in." if state.stopped_at else None
        found.append(
            answers.ViewHealth(view=state.name, position=state.position, lag=state.lag, stopped_at=state.stopped_at, reason=reason)
        )
    return found
