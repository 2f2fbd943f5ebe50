"""The directory: who holds which role in which subscription, and what is deployed there. People stand here under opaque ids."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.directory.errors import DirectoryShrunk
from api.directory.importing import DirectoryImport
from api.directory.wire import wire_subscription
from api.http import answers, rendering
from api.http.body_route import BodyRoute, refuse_unknown
from api.http.conditional import JSON_TYPE, json_answer, version_tag
from api.http.cursors import Cursor, read_cursor
from api.http.described import parameters, read_answers, write_answers
from api.http.directory_bodies import DeploymentBody, DirectoryBody, WishBody
from api.http.paging import CursorText, Limit, paged
from api.http.paths import Serving
from api.http.problems import CursorInvalid
from api.http.queries import Query, RecordedPoint, WireInstant, read_query
from api.http.service import Service
from api.http.writing import IdempotencyKey, IfMatch, command_key, write
from domain.directory import refusals
from domain.directory.commands import DeleteDeployment, OptIn, OptOut
from domain.directory.names import deployment_name, subscription_id
from domain.directory.subscription import fold, seen_by
from domain.events import Position
from domain.streams import SUBSCRIPTIONS, subscription_stream

router = APIRouter(tags=["directory"], route_class=BodyRoute)

SubscriptionPart = Annotated[str, Path(description="The subscription's id.", max_length=100)]
PersonPart = Annotated[str, Path(description="A person's opaque id.", max_length=100)]


class SubscriptionsQuery(Query):
    """Which subscriptions."""

    limit: Limit = 100
    cursor: CursorText = None


class SubscriptionQuery(Query):
    """A subscription at a time."""

    at: Annotated[WireInstant | None, Field(description="As it had been seen by then. Default: now.", examples=["2025-01-20"])] = None
    recorded_at: Annotated[
        RecordedPoint | None, Field(description="As this ledger held it by then: an instant, or a position like @57.", examples=["@1"])
    ] = None


@router.get(
    "/v1/subscriptions",
    operation_id="listSubscriptions",
    summary="The subscriptions that are known",
    response_model=answers.SubscriptionsPage,
    responses=read_answers(CursorInvalid),
    openapi_extra=parameters(SubscriptionsQuery),
)
async def list_subscriptions(request: Request, service: Serving) -> Response:
    """Sorted by id, with how many hold a role there and how much is deployed."""
    query = read_query(SubscriptionsQuery, request)
    await service.reach(query.min_position)
    cursor = read_cursor(request, query.cursor, (str,)) or Cursor(service.position, ("",))
    rows = await run_in_threadpool(lambda: list(islice(_rows(service, str(cursor.after[0]), cursor.position), query.limit + 1)))
    return paged(request, "subscriptions", rows, query.limit, cursor, lambda row: (row["subscription"],))


@router.get(
    "/v1/subscriptions/{subscription}",
    operation_id="getSubscription",
    summary="Who holds which role in a subscription, and what is deployed there, at any time",
    response_model=answers.Subscription,
    responses=read_answers(refusals.NoSuchSubscription),
    openapi_extra=parameters(SubscriptionQuery),
)
async def get_subscription(request: Request, service: Serving, subscription: SubscriptionPart) -> Response:
    """Members stand here under opaque ids; names and addresses are kept apart, and not shown."""
    query = read_query(SubscriptionQuery, request)
    id_ = subscription_id(subscription)
    await service.reach(query.min_position)
    position = _position(service, query.recorded_at)
    history = await run_in_threadpool(service.ledger.store.history, subscription_stream(id_), position)
    if not history:
        raise refusals.NoSuchSubscription(id_)
    content = wire_subscription(fold(id_, seen_by(history, query.at) if query.at else history))
    return json_answer(request, rendering.plain({**content, "position": position}), version_tag(content["version"]))


@router.post(
    "/v1/directory/imports",
    operation_id="importDirectory",
    summary="Record what changed since the last listing of roles and deployments",
    status_code=201,
    response_model=answers.DirectoryImported,
    responses=write_answers(refusals.SnapshotTooSmall, refusals.SnapshotOlder, refusals.SeenInFuture, DirectoryShrunk),
)
async def import_directory(service: Serving, listing: Annotated[DirectoryBody, Body()], idempotency_key: IdempotencyKey = None) -> Response:
    """Everything of its kind for the subscriptions that it names: what is not in it any more is revoked or deleted."""
    job = DirectoryImport(service.sender_ledger, service.office.people, listing.terms(command_key(idempotency_key)))
    report = await run_in_threadpool(job.run, listing.gathered())
    service.refresh()
    service.poke()
    counts = {name: getattr(report, name) for name in ("subscriptions", "assigned", "revoked", "created", "deleted")}
    content = {"position": service.position, **counts, "runs": list(report.runs), "refused": report.refused}
    return Response(rendering.plain(content), 201, media_type=JSON_TYPE)


@router.post(
    "/v1/subscriptions/{subscription}/deployments",
    operation_id="createDeployment",
    summary="Record a new deployment, where the model's stage allows one",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.DeploymentRefused, refusals.AlreadyDeployed),
)
async def create_deployment(
    service: Serving,
    subscription: SubscriptionPart,
    deployment: Annotated[DeploymentBody, Body()],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Of a deprecated or retired model it is refused, by the policy in force; under an announced schedule, its people are told at once."""
    id_ = subscription_id(subscription)
    return await write(service, deployment.command(id_), idempotency_key, if_match, f"/v1/subscriptions/{id_}")


@router.delete(
    "/v1/subscriptions/{subscription}/deployments/{deployment:path}",
    operation_id="deleteDeployment",
    summary="Record that a deployment is gone",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.NotInSubscription),
)
async def delete_deployment(
    request: Request,
    service: Serving,
    subscription: SubscriptionPart,
    deployment: Annotated[str, Path(description="The deployment's name.", max_length=200)],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """That it was there stays on record."""
    refuse_unknown(request)
    id_ = subscription_id(subscription)
    command = DeleteDeployment(subscription=id_, deployment=deployment_name(deployment), source="api")
    return await write(service, command, idempotency_key, if_match, f"/v1/subscriptions/{id_}")


@router.post(
    "/v1/people/{person}/wishes",
    operation_id="recordWish",
    summary="Record that a person does not want to be told, or wants to be told again",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.NoSuchPerson),
)
async def record_wish(
    service: Serving, person: PersonPart, wish: Annotated[WishBody, Body()], idempotency_key: IdempotencyKey = None
) -> Response:
    """That the person had to be told stays on record, as excluded."""
    if not await run_in_threadpool(service.office.people.addresses, [person]):
        raise refusals.NoSuchPerson(person)
    command = OptOut(person=person) if wish.wish == "opt_out" else OptIn(person=person)
    return await write(service, command, idempotency_key, None, f"/v1/people/{person}")


def _rows(service: Service, after: str, position: Position) -> Iterator[wire.JSON]:
    for stream in service.ledger.store.streams(SUBSCRIPTIONS):
        id_ = stream.removeprefix(SUBSCRIPTIONS)
        history = service.ledger.store.history(stream, position) if id_ > after else ()
        if history:
            known = fold(id_, history)
            members = len({principal for principal, _, _ in known.roles})
            yield {"subscription": id_, "members": members, "deployments": len(known.deployments), "version": known.version}


def _position(service: Service, recorded_at: RecordedPoint | None) -> Position:
    if recorded_at is None:
        return service.position
    return service.ledger.position_at(recorded_at)
