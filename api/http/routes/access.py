"""What a stage allows: may it be deployed, will it answer."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.conditional import json_answer, tag_of
from api.http.described import parameters, read_answers
from api.http.paths import SUBJECT, subject_of
from api.http.plain_route import PlainRoute
from api.http.problems import AccessDenied
from api.http.queries import Flag, StageQuery, read_query
from api.http.routes.stage import fixed
from api.http.service import Service
from domain.refusals import NoSuchModel
from domain.rules.access import Operation, allows
from domain.rules.answers import Question, Status

router = APIRouter(tags=["stage"], route_class=PlainRoute)


class AccessQuery(StageQuery):
    """A question about what a stage allows."""

    operation: Annotated[Operation, Field(description="What somebody wants to do with the model.", examples=["create"])]
    check: Annotated[Flag, Field(description="Answer by the status alone: 204 or 403.")] = False


@router.get(
    "/v1/models/{catalog}/{model}/access",  # noqa: FAST003  # a PlainRoute reads its path itself
    operation_id="getAccess",
    summary="Whether a model may be deployed, and whether it answers: for gateways",
    response_model=answers.Access,
    responses={**read_answers(NoSuchModel, AccessDenied), 204: {"description": "With `check=true`: it is allowed."}},
    openapi_extra=parameters(AccessQuery, SUBJECT),
)
async def access(request: Request) -> Response:
    """`create`: may a new deployment be made; `invoke`: does an existing one answer. With `check=true` the status alone says it."""
    service: Service = request.app.state.service
    query = read_query(AccessQuery, request)
    key, scope = subject_of(**request.path_params, scope=query.scope())
    await service.reach(query.min_position)
    question = service.question(key, query.asked(scope))
    content = await access_of(service, question, query.operation)
    if query.check:
        return _by_status(content)
    body = rendering.plain(content)
    return json_answer(request, body, tag_of(body), immutable=fixed(service, query))


async def access_of(service: Service, question: Question, operation: Operation) -> wire.JSON:
    """Tell whether an operation is allowed.

    Raises:
        NoSuchModel: the ledger holds nothing about the model.
    """
    found = await service.answer(question)
    policy = service.policy(question.key.catalog, question.valid_at, question.known_at, question.position)
    return {
        **wire.asked(question),
        "operation": operation,
        "allowed": None if found.stage is None else allows(found.stage, operation, policy),
        "status": found.status,
        "stage": found.stage,
        "replacements": list(found.replacements),
        "policy_version": policy.version if policy else None,
        "retired_call_returns": policy.retired_call_returns if policy else None,
        "http_headers": wire.http_headers(found),
    }


def _by_status(content: wire.JSON) -> Response:
    if content["allowed"]:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    if content["status"] == Status.NOT_KNOWN:
        raise NoSuchModel(content["model"])
    told = content["stage"] or content["status"]
    raise AccessDenied(detail=f"{content['model']} is {str(told).replace('_', ' ')}.")


ACCESS = next(route for route in router.routes if isinstance(route, APIRoute))
"""The route as the metrics know it."""
