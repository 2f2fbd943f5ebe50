"""What is appended about a model: announcements, transitions, withdrawals."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from api.access.announcing import check_limits
from api.access.errors import BeyondLimits
from api.access.principal import sender
from api.http import answers
from api.http.bodies import Announcement, Transition, Withdrawal
from api.http.body_route import BodyRoute
from api.http.described import Responses, write_answers
from api.http.paths import CatalogPart, ModelPart, Serving, subject_of
from api.http.service import Service
from api.http.writing import DryRun, IdempotencyKey, IfMatch, command_key, rehearsal, write
from domain import refusals
from domain.commands import AnyCommand
from domain.subjects import WHOLE, Scope, SubjectKey

router = APIRouter(tags=["announcing"], route_class=BodyRoute)

_HEADERS = {
    "ETag": {"description": "The model's version, for If-Match.", "schema": {"type": "string"}},
    "Location": {"description": "The model.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "`true` where the command had been carried out before.", "schema": {"type": "string"}},
}


def recorded_answers(*errors: Any) -> Responses:  # noqa: ANN401  # errors and problems alike
    """Describe what a command about a model gets."""
    written = {"model": answers.Written, "description": "It was recorded.", "headers": _HEADERS}
    rehearsed = {"model": answers.Rehearsal, "description": "With `dry_run=true`: what it would do. Nothing was written."}
    return {201: written, 200: rehearsed, **write_answers(BeyondLimits, *errors)}


async def recorded(
    service: Service, command: AnyCommand, subject: tuple[SubjectKey, Scope], sent: tuple[str | None, str | None], *, dry_run: bool
) -> Response:
    """Carry a command out, or rehearse it.

    Raises:
        BeyondLimits: its sender may not announce about this model.
        LedgerError: the rules or the store refuse it.
    """
    key, scope = subject
    idempotency_key, if_match = sent
    check_limits(sender.get(), key, command, service.ledger.store.history)
    if dry_run:
        if idempotency_key is not None:
            command_key(idempotency_key)
        return await rehearsal(service, command, key, scope, if_match)
    return await write(service, command, idempotency_key, if_match, f"/v1/models/{key}")


@router.post(
    "/v1/models/{catalog}/{model}/announcements",
    operation_id="announce",
    summary="Append dates, a label or replacements that a provider announces",
    status_code=201,
    response_model=answers.Written,
    responses=recorded_answers(
        refusals.NoSuchModel,
        refusals.AnnouncedInFuture,
        refusals.NothingStated,
        refusals.PlanOutOfOrder,
        refusals.WindowTooShort,
        refusals.ReplacesItself,
    ),
)
async def announce(
    service: Serving,
    catalog: CatalogPart,
    model: ModelPart,
    announcement: Annotated[Announcement, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    dry_run: DryRun = False,  # noqa: FBT002  # a query parameter
) -> Response:
    """What is absent states nothing: it erases no earlier date."""
    subject = subject_of(catalog, model, Scope.of(announcement.scope))
    return await recorded(service, announcement.command(*subject), subject, (idempotency_key, if_match), dry_run=dry_run)


@router.post(
    "/v1/models/{catalog}/{model}/transitions",
    operation_id="enterStage",
    summary="Append that a model entered a stage, as the provider says",
    status_code=201,
    response_model=answers.Written,
    responses=recorded_answers(refusals.NoSuchModel, refusals.AnnouncedInFuture),
)
async def enter_stage(
    service: Serving,
    catalog: CatalogPart,
    model: ModelPart,
    transition: Annotated[Transition, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    dry_run: DryRun = False,  # noqa: FBT002
) -> Response:
    """A stage can go backwards: that is a finding, not an error."""
    subject = subject_of(catalog, model, Scope.of(transition.scope))
    return await recorded(service, transition.command(*subject), subject, (idempotency_key, if_match), dry_run=dry_run)


@router.post(
    "/v1/models/{catalog}/{model}/withdrawals",
    operation_id="withdraw",
    summary="Take a claim back, or an earlier withdrawal",
    status_code=201,
    response_model=answers.Written,
    responses=recorded_answers(
        refusals.NoSuchModel,
        refusals.NoSuchClaim,
        refusals.ClaimNotOpen,
        refusals.WithdrawnBeforeAnnounced,
        refusals.OnlyRecorderRestores,
        refusals.ReasonMissing,
        refusals.AnnouncedInFuture,
    ),
)
async def withdraw(
    service: Serving,
    catalog: CatalogPart,
    model: ModelPart,
    withdrawal: Annotated[Withdrawal, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    dry_run: DryRun = False,  # noqa: FBT002
) -> Response:
    """By the provider: it was public until now. By the recorder: it was read wrong, and never was."""
    key, scope = subject_of(catalog, model, WHOLE)
    return await recorded(service, withdrawal.command(key), (key, scope), (idempotency_key, if_match), dry_run=dry_run)
