"""The limit that the service is measured against: a bare FastAPI endpoint with the parameters and the response model of the question."""

import json
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict

from api.http.answers import StageAnswer
from api.http.queries import WireInstant
from api.opening import for_asking
from api.wire_answers import stage_answer
from domain.ledger import Asked
from domain.subjects import SubjectKey


class Parameters(BaseModel):
    """The parameters of the question, as FastAPI reads them by itself."""

    model_config = ConfigDict(extra="forbid")

    valid_at: WireInstant | None = None
    known_at: WireInstant | None = None
    recorded_at: str | None = None
    min_position: int | None = None
    operation: Literal["create", "invoke"] | None = None
    check: bool = False


def _example() -> StageAnswer:
    with for_asking(None) as opened:
        question, answer = opened.ledger.stage(SubjectKey.parse("azure/mistral-large"), Asked())
        return StageAnswer.model_validate_json(json.dumps(stage_answer(question, answer, None)))


app = FastAPI()
EXAMPLE = _example()


@app.get("/healthz")
async def health() -> dict[str, str]:
    """Tell that it is there."""
    return {}


@app.get("/v1/models/{catalog}/{model}/stage")
async def stage(catalog: str, model: str, query: Annotated[Parameters, Query()]) -> StageAnswer:
    """Answer the same each time."""
    del catalog, model, query
    return EXAMPLE
