"""The catalogs' rules."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.bodies import Policy
from api.http.body_route import BodyRoute
from api.http.conditional import json_answer, tag_of
from api.http.described import parameters, read_answers, write_answers
from api.http.paths import Serving
from api.http.queries import Query, read_query
from api.http.service import Service
from api.http.writing import IdempotencyKey, IfMatch, write
from domain import refusals
from domain.events import PolicyAdopted
from domain.rules.policy import policy_in_force
from domain.streams import POLICIES

router = APIRouter(tags=["policies"], route_class=BodyRoute)


class PoliciesQuery(Query):
    """Whose rules."""

    catalog: Annotated[str | None, Field(description="Only this catalog.", examples=["azure"])] = None


@router.get(
    "/v1/policies",
    operation_id="listPolicies",
    summary="The rules of the catalogs, every version that was adopted",
    response_model=answers.Policies,
    responses=read_answers(),
    openapi_extra=parameters(PoliciesQuery),
)
async def policies(request: Request, service: Serving) -> Response:
    """A schedule is judged by the version in force when it was announced."""
    query = read_query(PoliciesQuery, request)
    await service.reach(query.min_position)
    content = await run_in_threadpool(_policies, service, query.catalog)
    return json_answer(request, rendering.plain({"position": service.position, "policies": content}), tag_of(rendering.plain(content)))


@router.post(
    "/v1/policies",
    operation_id="adoptPolicy",
    summary="Adopt a catalog's rules",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.PolicyNotNewer, refusals.AnnouncedInFuture),
)
async def adopt(
    service: Serving, policy: Annotated[Policy, Body()], idempotency_key: IdempotencyKey = None, if_match: IfMatch = None
) -> Response:
    """A newer version; the older one stays for what was announced under it."""
    return await write(service, policy.command(), idempotency_key, if_match, f"/v1/policies?catalog={policy.catalog}")


def _policies(service: Service, catalog: str | None) -> list[wire.JSON]:
    ledger, now = service.ledger, service.ledger.now()
    rows: list[wire.JSON] = []
    for stream in ledger.store.streams(POLICIES):
        name = stream.removeprefix(POLICIES)
        if catalog not in (None, name):
            continue
        entries = ledger.store.history(stream)
        in_force = policy_in_force(entries, now, now)
        for entry in entries:
            event = entry.event
            assert isinstance(event, PolicyAdopted)  # noqa: S101  # nothing else is in these streams
            told = {"position": entry.position, "recorded_at": wire.instant(entry.recorded_at), "catalog": name}
            rows.append({**told, "version": event.version, "in_force": event is in_force, "policy": wire.event(event)})
    return rows
