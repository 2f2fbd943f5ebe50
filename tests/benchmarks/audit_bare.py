"""The limit that the audit is measured against: a bare FastAPI endpoint that returns the same rows, with its own response model."""

import json
import os
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict

from api.http.answers import AuditPage

EXAMPLE = AuditPage.model_validate(json.loads(Path(os.environ["AUDIT_PAGE"]).read_text()))


class Parameters(BaseModel):
    """The parameters of the question, as FastAPI reads them by itself."""

    model_config = ConfigDict(extra="forbid")

    run: int | None = None
    limit: int = 100
    recorded_at: str | None = None


app = FastAPI()


@app.get("/healthz")
async def health() -> dict[str, str]:
    """Tell that it is there."""
    return {}


@app.get("/v1/notices/audit")
async def audit(query: Annotated[Parameters, Query()]) -> AuditPage:
    """Answer the same each time."""
    del query
    return EXAMPLE
