"""How operations are described in `openapi.json`: their query parameters, their problems, and what their answers' headers mean."""

from collections.abc import Sequence
from typing import Any

from fastapi_rfc9457 import InternalServerError, Problem, ValidationProblem
from fastapi_rfc9457.server import problems
from pydantic import BaseModel

from api.http.problems import (
    PROBLEMS,
    BodyUnreadable,
    ContentTooLarge,
    CredentialNotChecked,
    EntryUnreadable,
    IdempotencyKeyMissing,
    LedgerUnavailable,
    NotAuthenticated,
    OutcomeUnknown,
    PositionNotReached,
    ScopeInsufficient,
    UnsupportedMediaType,
)
from domain import refusals
from domain.errors import InvalidName, InvalidScope, LedgerError
from domain.store.errors import CommandKeyReused, StaleVersion

Responses = dict[int | str, dict[str, Any]]

_TAG_HEADER = {"ETag": {"description": "Tells answers apart; send it back as If-None-Match.", "schema": {"type": "string"}}}
_KEPT_HEADER = {"Cache-Control": {"description": "`immutable` where the answer never changes.", "schema": {"type": "string"}}}
_NEXT_HEADER = {"Link": {"description": '`rel="next"`: the next page, where there is one.', "schema": {"type": "string"}}}
ANSWERED: Responses = {200: {"description": "The answer.", "headers": {**_TAG_HEADER, **_KEPT_HEADER, **_NEXT_HEADER}}}
NOT_MODIFIED: Responses = {304: {"description": "The answer is the one that the sender has.", "headers": {**_TAG_HEADER, **_KEPT_HEADER}}}

_ANY = (ValidationProblem, LedgerUnavailable, EntryUnreadable, InternalServerError)
_ACCESS = (NotAuthenticated, ScopeInsufficient, CredentialNotChecked)
_BODY = (BodyUnreadable, ContentTooLarge, UnsupportedMediaType)
_READ: tuple[type[LedgerError], ...] = (refusals.AsksTheFuture, refusals.PositionAhead, InvalidName, InvalidScope)


def problem_answers(*errors: type[LedgerError | Problem]) -> Responses:
    """Describe the problems of an operation: those named, and those that any operation may have that asks for a credential."""
    return public_answers(*_ACCESS, *errors)


def public_answers(*errors: type[LedgerError | Problem]) -> Responses:
    """Describe the problems of an operation that asks nobody for a credential."""
    wanted = dict.fromkeys(_problem(error) for error in (*errors, *_ANY))
    described: Responses = problems(*wanted)
    return described


def read_answers(*errors: type[LedgerError | Problem]) -> Responses:
    """Describe what a question gets besides its answer."""
    return {**problem_answers(*_READ, PositionNotReached, *errors), **ANSWERED, **NOT_MODIFIED}


def write_answers(*errors: type[LedgerError | Problem]) -> Responses:
    """Describe what a command gets besides its receipt."""
    own = (CommandKeyReused, IdempotencyKeyMissing, OutcomeUnknown, StaleVersion, refusals.NotUnicode, InvalidName, InvalidScope)
    return problem_answers(*own, *_BODY, *errors)


def body_answers(*errors: type[LedgerError | Problem]) -> Responses:
    """Describe what a question in a body gets besides its answer."""
    return problem_answers(*_READ, *_BODY, PositionNotReached, *errors)


def _problem(error: type[LedgerError | Problem]) -> Any:  # noqa: ANN401  # a problem's class, some of them made at run time
    return PROBLEMS[error] if issubclass(error, LedgerError) else error


def parameters(kind: type[BaseModel], path: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Describe the query parameters that `read_query` reads, and those of a path that the route reads itself."""
    schema = kind.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    return {"parameters": [*path, *(_parameter(name, found, schema) for name, found in schema["properties"].items())]}


def _parameter(name: str, found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    told = {key: found[key] for key in ("description",) if key in found}
    shape = {key: value for key, value in found.items() if key not in {"title", "description", "examples", "default"}}
    kinds = [kind for kind in shape.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1 and len(shape["anyOf"]) > 1:
        shape = kinds[0]
    if "$ref" in shape:
        shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
    examples = {str(number): {"value": value} for number, value in enumerate(found.get("examples", ()), 1)}
    required = name in schema.get("required", ())
    return {"name": name, "in": "query", "required": required, **told, "schema": shape, **({"examples": examples} if examples else {})}
