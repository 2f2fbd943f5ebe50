"""The question: what stage was a model in."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.http import answers, rendering
from api.http.conditional import json_answer, tag_of
from api.http.described import parameters, read_answers
from api.http.paths import SUBJECT, subject_of
from api.http.plain_route import PlainRoute
from api.http.queries import StageQuery, read_query
from api.http.service import Service
from api.proving.stages import prove_stage
from domain.ledger import Asked
from domain.proof import errors
from domain.refusals import NoSuchModel
from domain.rules.answers import Question
from domain.subjects import SubjectKey
from projections.stage_index import IndexStopped

router = APIRouter(tags=["stage"], route_class=PlainRoute)


@router.get(
    "/v1/models/{catalog}/{model}/stage",  # noqa: FAST003  # a PlainRoute reads its path itself
    operation_id="getStage",
    summary="The stage of a model, at any time in the world, as known and as recorded by any time",
    response_model=answers.StageAnswer | answers.Bundle,
    responses=read_answers(NoSuchModel, errors.NoTrees, errors.NotConsistent, errors.KeysUnknown, errors.OriginDiffers),
    openapi_extra=parameters(StageQuery, SUBJECT),
)
async def stage(request: Request) -> Response:
    """Every answer carries its evidence and the position that it used, so that it can be repeated exactly."""
    service: Service = request.app.state.service
    query = read_query(StageQuery, request)
    key, scope = subject_of(**request.path_params, scope=query.scope())
    await service.reach(query.min_position)
    if query.proof:
        return await _proven(request, service, key, query.asked(scope))
    question = service.question(key, query.asked(scope))
    content = await answered(service, question)
    return json_answer(request, rendering.asked(question) + content, tag_of(content), immutable=fixed(service, query))


async def _proven(request: Request, service: Service, key: SubjectKey, asked: Asked) -> Response:
    bundle, service.checkpoint = await run_in_threadpool(prove_stage, service.proving, key, asked)
    body = rendering.plain(bundle)
    return json_answer(request, body, tag_of(body))


def fixed(service: Service, query: StageQuery) -> bool:
    """Whether all three clocks are fixed where the log can no longer change: the answer is the same for ever."""
    if query.valid_at is None or query.known_at is None or query.recorded_at is None:
        return False
    head = service.ledger.store.head()
    if head.recorded_at is None or query.known_at > head.recorded_at:
        return False  # A clock that is set back would refuse it as the future.
    if isinstance(query.recorded_at, int):
        return query.recorded_at <= head.position
    return query.recorded_at <= head.recorded_at


async def answered(service: Service, question: Question) -> bytes:
    """Answer a question in bytes, the question left out.

    Raises:
        NoSuchModel: the ledger holds nothing about the model.
    """
    if service.indexed(question):
        try:
            if service.index.entry(question.key) is not None:
                return rendering.answered_by_index(service, question)
        except IndexStopped:
            pass  # The log itself may still hold the answer.
    found = await service.answer(question)
    policy = service.policy(question.key.catalog, question.valid_at, question.known_at, question.position)
    return rendering.answered(question, found, policy)
