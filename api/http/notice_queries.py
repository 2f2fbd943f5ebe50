"""Query parameters of questions about notices."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from api.http.paging import CursorText, Limit
from api.http.queries import DIGITS, POSITION_MAX, Flag, Query, RecordedPoint
from domain.subjects import SubjectKey
from projections.notices.audit import AuditFilter
from projections.notices.audit_statements import DateAsked
from projections.notices.told import State

CSV_TYPE, JSONL_TYPE = "text/csv", "application/jsonl"
RunNumber = Annotated[Annotated[int, Field(ge=1, le=POSITION_MAX), DIGITS] | None, Field(description="Only this run.", examples=[8])]
Model = Annotated[
    str | None, Field(max_length=400, description="Only about this model, `catalog/model`.", examples=["azure/mistral-large"])
]
_PERSON = "Only of this opaque id: a person's, or a webhook's."
_ROLE = "Only in this role; empty: as a webhook."
_FORM = "json: in pages. csv, jsonl: all rows, as they come. Default: as `Accept` says, else json."


class Form(StrEnum):
    """How rows are given."""

    JSON = "json"
    """In pages."""
    CSV = "csv"
    """All of them, as they come."""
    JSONL = "jsonl"


class AsOf(Query):
    """The ledger at a position."""

    recorded_at: Annotated[
        RecordedPoint | None,
        Field(description="As this ledger held it by then: an instant, or a position like @57. Default: its head.", examples=["@1"]),
    ] = None


class RunsQuery(AsOf):
    """Which runs."""

    model: Model = None
    open: Annotated[Flag, Field(description="Only those that are not closed.")] = False
    limit: Limit = 100
    cursor: CursorText = None


class ProofQuery(AsOf):
    """What of a run is to be proven."""

    person: Annotated[
        str | None, Field(max_length=100, description=f"{_PERSON} Without it: how the run stands.", examples=["Zk3vQ0p8R_tXw-1a"])
    ] = None


class CoverageQuery(AsOf):
    """A page of a run's subscriptions."""

    limit: Limit = 100
    cursor: CursorText = None


class AuditQuery(AsOf):
    """Which rows of the audit."""

    model: Model = None
    run: RunNumber = None
    person: Annotated[str | None, Field(max_length=100, description=_PERSON, examples=["Zk3vQ0p8R_tXw-1a"])] = None
    subscription: Annotated[
        str | None, Field(max_length=100, description="Only for this subscription.", examples=["6f1c3a52-0000-4000-8000-000000000001"])
    ] = None
    role: Annotated[str | None, Field(max_length=200, description=_ROLE, examples=["owner"])] = None
    state: Annotated[State | None, Field(description="Only those of whom this holds.")] = None
    format: Annotated[Form | None, Field(description=_FORM)] = None
    limit: Limit = 100
    cursor: CursorText = None

    def wanted(self) -> AuditFilter:
        """Return which rows are asked for.

        Raises:
            InvalidName: the model is no key.
        """
        return AuditFilter(key_of(self.model), self.run, self.person, self.subscription, self.role, self.state)

    def form(self, request: Request) -> Form:
        """Return how the rows are to be given."""
        if self.format is not None:
            return self.format
        accepted = request.headers.get("accept", "")
        return next((form for form, kind in ((Form.CSV, CSV_TYPE), (Form.JSONL, JSONL_TYPE)) if kind in accepted), Form.JSON)


class GapsQuery(AuditQuery):
    """Who was not told so many days ahead."""

    days: Annotated[Annotated[int, Field(ge=0, le=36_500), DIGITS], Field(description="Calendar days before the date.", examples=[30])]
    date: Annotated[DateAsked, Field(description="Which date.")] = DateAsked.DEPRECATED


def key_of(model: str | None) -> SubjectKey | None:
    """Return the model that is asked about, if one is.

    Raises:
        InvalidName: it is no key.
    """
    return SubjectKey.parse(model) if model is not None else None
