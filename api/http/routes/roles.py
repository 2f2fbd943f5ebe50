"""Roles that somebody takes or gives up, one at a time."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.directory.contacts import identified
from api.http import answers
from api.http.body_route import BodyRoute
from api.http.described import parameters, write_answers
from api.http.directory_bodies import RoleTaken
from api.http.paths import Serving
from api.http.queries import read_query
from api.http.routes.subscriptions import SubscriptionPart
from api.http.writing import IdempotencyKey, IfMatch, command_key, write
from domain.directory import refusals
from domain.directory.commands import RevokeRole
from domain.directory.names import role_name, subscription_id

router = APIRouter(tags=["directory"], route_class=BodyRoute)


class RoleGivenUp(BaseModel):
    """Which role, of whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    principal: Annotated[str, Field(min_length=1, max_length=100, description="The principal's opaque id.", examples=["Zk3vQ0p8R_tXw-1a"])]
    role: Annotated[str, Field(min_length=1, max_length=200, description="The role.", examples=["owner"])]
    via: Annotated[
        str | None, Field(max_length=100, description="The opaque id of the group through which it is held.", examples=["pQ7x0p8R_tXw-1aZ"])
    ] = None


@router.post(
    "/v1/subscriptions/{subscription}/roles",
    operation_id="assignRole",
    summary="Record that somebody takes a role",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.SnapshotOlder, refusals.SeenInFuture),
)
async def assign_role(
    service: Serving,
    subscription: SubscriptionPart,
    taken: Annotated[RoleTaken, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Who takes a role that is told of under an announced schedule is told at once. A role that is held already is not recorded again."""
    id_ = subscription_id(subscription)
    command_key(idempotency_key)
    ids = await run_in_threadpool(identified, service.office.people, taken.principals())
    return await write(service, taken.command(id_, ids), idempotency_key, if_match, f"/v1/subscriptions/{id_}")


@router.delete(
    "/v1/subscriptions/{subscription}/roles",
    operation_id="revokeRole",
    summary="Record that somebody gives a role up",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.NotInSubscription),
    openapi_extra=parameters(RoleGivenUp),
)
async def revoke_role(
    request: Request, service: Serving, subscription: SubscriptionPart, idempotency_key: IdempotencyKey = None, if_match: IfMatch = None
) -> Response:
    """That it was held stays on record."""
    id_, given_up = subscription_id(subscription), read_query(RoleGivenUp, request)
    command = RevokeRole(
        subscription=id_, principal=given_up.principal, role=role_name(given_up.role), via=given_up.via or None, source="api"
    )
    return await write(service, command, idempotency_key, if_match, f"/v1/subscriptions/{id_}")
