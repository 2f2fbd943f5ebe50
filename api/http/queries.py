"""Query parameters: the three clocks, the scope, and how far the ledger has to be. What is not known is refused."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Self, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator
from starlette.requests import Request

from domain.errors import InvalidInstant, LedgerError
from domain.events import Position
from domain.instants import parse_instant
from domain.ledger import Asked
from domain.subjects import WHOLE, Scope

Q = TypeVar("Q", bound=BaseModel)

POSITION_MAX = 2**63 - 1
DIGITS_MAX = 19
"""Digits of the greatest position; Python refuses, in words of its own, to read thousands of them."""
_SCOPE = "scope."

INSTANT_SCHEMA = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}


def _instant(value: object) -> object:
    if not isinstance(value, str):
        message = "write it as text, like 2025-01-20T09:00:00Z"
        raise ValueError(message)  # noqa: TRY004  # pydantic tells it as the sender's mistake
    try:
        return parse_instant(value)
    except InvalidInstant as problem:
        hint = " In an address, + is written as %2B." if " " in value else ""
        raise ValueError(problem.sentence + hint) from None


def _recorded(value: object) -> object:
    if not isinstance(value, str) or not value.startswith("@"):
        return _instant(value)
    digits = value[1:]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > DIGITS_MAX or int(digits) > POSITION_MAX:
        message = "after @ comes a position of the ledger, like @57"
        raise ValueError(message)
    return int(digits)


def _digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        message = "write it in digits"
        raise ValueError(message)
    return value


def _flag(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        message = "it is true or false"
        raise ValueError(message)
    return value


DIGITS = BeforeValidator(_digits)
"""For a number in digits alone. It stands last, so that the schema shows the number's bounds."""

Flag = Annotated[bool, BeforeValidator(_flag)]
"""`true` or `false`, and no other word for them."""

WireInstant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(INSTANT_SCHEMA)]
"""A day or an instant with an offset, as text."""

RecordedPoint = Annotated[
    datetime | Position,
    BeforeValidator(_recorded),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}, {"pattern": "^@[0-9]{1,18}$"}]}),
]
"""An instant, or a position as `@57`."""


class Query(BaseModel):
    """Parameters of any question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_position: Annotated[
        Annotated[int, Field(ge=0, le=POSITION_MAX), DIGITS] | None,
        Field(description="Answer only from this position of the ledger on; waits a little for it.", examples=[1]),
    ] = None


class Known(Query):
    """The points of knowledge."""

    known_at: Annotated[
        WireInstant | None, Field(description="As publicly known by then: a day or an instant. Default: now.", examples=["2025-01-20"])
    ] = None
    recorded_at: Annotated[
        RecordedPoint | None,
        Field(description="As this ledger held it by then: an instant, or a position like @57. Default: its head.", examples=["@1"]),
    ] = None


class Clocks(Known):
    """The three clocks of a question."""

    valid_at: Annotated[
        WireInstant | None, Field(description="When in the world: a day or an instant. Default: now.", examples=["2025-01-20"])
    ] = None

    def asked(self, scope: Scope = WHOLE) -> Asked:
        """Return what the question says."""
        return Asked(scope, self.valid_at, self.known_at, self.recorded_at)


ScopeValue = Annotated[str | None, Field(min_length=1, max_length=200)]


class Scoped(BaseModel):
    """Part of a model: parameters `scope.version`, `scope.region`, `scope.deployment_type` and the like."""

    model_config = ConfigDict(extra="allow", frozen=True)

    version: Annotated[ScopeValue, Field(alias="scope.version", description="One version of the model.", examples=["2024-05-13"])] = None
    region: Annotated[ScopeValue, Field(alias="scope.region", description="One region.", examples=["westus"])] = None
    deployment_type: Annotated[
        ScopeValue,
        Field(
            alias="scope.deployment_type",
            description="One deployment type. Any other `scope.*` key can be given too.",
            examples=["serverless"],
        ),
    ] = None

    @model_validator(mode="after")
    def _is_scope(self) -> Self:
        for name, value in (self.__pydantic_extra__ or {}).items():
            if not name.startswith(_SCOPE):
                message = f"there is no parameter {name[:60]!r} here"
                raise ValueError(message)
            if not isinstance(value, str):
                message = f"{name[:60]} is given more than once"
                raise ValueError(message)  # noqa: TRY004
        try:
            self.scope()
        except LedgerError as problem:
            raise ValueError(problem.sentence) from None
        return self

    def scope(self) -> Scope:
        """Return the scope that the parameters name.

        Raises:
            LedgerError: a key or a value cannot be used.
        """
        parts = dict(self._parts())
        return Scope.of(parts) if parts else WHOLE

    def _parts(self) -> Iterator[tuple[str, str]]:
        for name in ("version", "region", "deployment_type"):
            if value := getattr(self, name):
                yield name, value
        for name, value in (self.__pydantic_extra__ or {}).items():
            yield name.removeprefix(_SCOPE), value


class StageQuery(Clocks, Scoped):
    """A question about one model."""

    model_config = ConfigDict(extra="allow", frozen=True)

    proof: Annotated[
        Flag, Field(description="Answer with all entries that the answer follows from, and with the proof that none is missing.")
    ] = False


class KnownQuery(Known, Scoped):
    """A question about what is known of one model."""

    model_config = ConfigDict(extra="allow", frozen=True)


def read_query(kind: type[Q], request: Request) -> Q:
    """Read parameters as FastAPI would, at a third of its price.

    Raises:
        RequestValidationError: a parameter is unknown, given twice, or wrong.
    """
    given = request.query_params.multi_items()
    values = dict(given)
    if len(given) != len(values):
        raise RequestValidationError([{"type": "value_error", "loc": ("query",), "msg": "a parameter is given more than once"}])
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from None
