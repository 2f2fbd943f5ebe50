"""The question, thousands of times at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import StreamingResponse

from api.http import rendering
from api.http.bodies import Batch, BatchQuestion
from api.http.body_route import BodyRoute
from api.http.described import body_answers
from api.http.paths import Serving, subject_of
from api.http.problems import problem_of, told
from api.http.routes.stage import answered
from api.http.service import Service
from domain.errors import LedgerError
from domain.events import Position
from domain.ledger import Asked
from domain.subjects import Scope

router = APIRouter(tags=["stage"], route_class=BodyRoute)

LINES_AT_ONCE = 50
"""Answers of a batch between two moments in which others are answered."""


@router.post(
    "/v1/stages:batch",
    operation_id="askStages",
    summary="Up to 10,000 questions, answered at one position of the ledger, streamed in their order",
    responses={
        200: {
            "description": "One JSON line a question: its answer, or the problem that it has.",
            "content": {
                "application/jsonl": {"schema": {"type": "string"}, "example": '{"model":"azure/mistral-large","stage":"legacy"}\n'}
            },
        },
        **body_answers(),
    },
    response_class=StreamingResponse,
)
async def stages_batch(service: Serving, batch: Annotated[Batch, Body()]) -> StreamingResponse:
    """A question that cannot be answered gets its problem on its line; the others are answered."""
    service.look()
    return StreamingResponse(_lines(service, batch.questions, service.position), media_type="application/jsonl")


async def _lines(service: Service, questions: Sequence[BatchQuestion], position: Position) -> AsyncIterator[bytes]:
    for first in range(0, len(questions), LINES_AT_ONCE):
        chunk = [await _line(service, question, position) for question in questions[first : first + LINES_AT_ONCE]]
        yield b"".join(chunk)
        await asyncio.sleep(0)


async def _line(service: Service, asked: BatchQuestion, position: Position) -> bytes:
    try:
        catalog, _, model = asked.model.partition("/")
        key, scope = subject_of(catalog, model, Scope.of(asked.scope))
        recorded_at = position if asked.recorded_at is None and position != service.index.position else asked.recorded_at
        question = service.question(key, Asked(scope, asked.valid_at, asked.known_at, recorded_at))
        return rendering.asked(question) + await answered(service, question) + b"\n"
    except LedgerError as error:
        return rendering.plain({"model": asked.model, "problem": told(problem_of(error))}) + b"\n"
