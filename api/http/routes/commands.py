"""What became of a command whose answer was lost."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.http import answers, rendering
from api.http.conditional import json_answer, tag_of
from api.http.described import parameters, read_answers
from api.http.paths import Serving
from api.http.problems import NoSuchCommand
from api.http.queries import Query, read_query

router = APIRouter(tags=["commands"])


@router.get(
    "/v1/commands/{key:path}",
    operation_id="getCommand",
    summary="The outcome of the command that was sent under an Idempotency-Key",
    response_model=answers.CommandOutcome,
    responses=read_answers(NoSuchCommand),
    openapi_extra=parameters(Query),
)
async def get_command(
    request: Request, service: Serving, key: Annotated[str, Path(max_length=1000, examples=["5f1c4f3e-6a0b-4a53-9a43-0c8e1f3f3d55"])]
) -> Response:
    """Keys are kept for ever. `404`: it was not carried out, and can be sent."""
    query = read_query(Query, request)
    await service.reach(query.min_position)
    kept = await run_in_threadpool(service.ledger.store.kept, key)
    if kept is None:
        raise NoSuchCommand(detail="No command was carried out under this key. It is safe to send it.", key=key)
    body = rendering.plain({"key": kept.key, "position": kept.position, "written": json.loads(kept.answer)})
    return json_answer(request, body, tag_of(body), immutable=True)
