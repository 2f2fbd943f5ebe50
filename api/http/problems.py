"""Problems: what the ledger refuses, as RFC 9457 documents. One table says which error has which status."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from http import HTTPStatus
from operator import or_
from types import NoneType, UnionType, new_class
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from fastapi import FastAPI, Request
from fastapi_rfc9457 import InternalServerError, Problem, RetryAfter, ValidationProblem
from fastapi_rfc9457.handlers import make_handlers
from fastapi_rfc9457.server import add_problem_handlers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from api.access.errors import BeyondLimits, CredentialRefused, CredentialUnchecked, ScopeMissing
from api.delivery.private_addresses import AddressRefused
from api.directory.errors import DirectoryShrunk
from api.http.logs import log
from api.notices.following import NoticesStopped
from api.notices.reporting import CodeNamesSomebody, NotInAudience
from domain import refusals
from domain.directory import refusals as directory
from domain.errors import InvalidDate, InvalidInstant, InvalidName, InvalidScope, LedgerError
from domain.instants import format_instant
from domain.notices import refusals as notices
from domain.proof import errors as proof
from domain.stages import Stage
from domain.store import errors as store
from domain.subjects import Scope, SubjectKey

PROBLEMS_PATH = "/problems"
RETRY_SECONDS = 1

_STATUSES: dict[type[LedgerError], int] = {
    refusals.NoSuchModel: 404,
    refusals.SeveralModels: 409,
    refusals.AlreadyListed: 409,
    refusals.NamesMeet: 409,
    refusals.ClaimNotOpen: 409,
    refusals.PolicyNotNewer: 409,
    refusals.PageOlder: 409,
    refusals.EdgeNotDue: 409,
    store.StaleVersion: 412,
    InvalidDate: 422,
    InvalidInstant: 422,
    InvalidName: 422,
    InvalidScope: 422,
    refusals.AnnouncedInFuture: 422,
    refusals.AsksTheFuture: 422,
    refusals.NoSuchClaim: 422,
    refusals.NothingStated: 422,
    refusals.NotUnicode: 422,
    refusals.OnlyRecorderRestores: 422,
    refusals.PlanOutOfOrder: 422,
    refusals.PositionAhead: 422,
    refusals.ReasonMissing: 422,
    refusals.ReplacesItself: 422,
    refusals.WindowTooShort: 422,
    refusals.WithdrawnBeforeAnnounced: 422,
    directory.NoSuchSubscription: 404,
    directory.NotInSubscription: 404,
    directory.NoSuchPerson: 404,
    directory.DeploymentRefused: 409,
    directory.AlreadyDeployed: 409,
    directory.SnapshotTooSmall: 409,
    directory.SnapshotOlder: 409,
    DirectoryShrunk: 409,
    directory.SeenInFuture: 422,
    directory.SubscriptionTwice: 422,
    AddressRefused: 422,
    NotInAudience: 422,
    CodeNamesSomebody: 422,
    BeyondLimits: 403,
    notices.NoSuchRun: 404,
    notices.NoSuchMember: 404,
    proof.NothingToSign: 409,
    proof.NoTrees: 409,
    proof.NotConsistent: 409,
    proof.KeysUnknown: 409,
    proof.OriginDiffers: 409,
    proof.BeyondCheckpoint: 409,
    notices.AudienceOvertaken: 409,
    notices.AudienceOpen: 409,
    notices.RunClosed: 409,
    notices.RunIncomplete: 409,
    notices.NoSuchRecipient: 422,
    notices.NothingReported: 422,
    notices.DeliveryAtNoTime: 422,
    store.CommandKeyReused: 422,
    store.UnwritableEvent: 422,
}

_WIRE_TYPES: dict[Any, Any] = {datetime: str, SubjectKey: str, Stage: str, Scope: dict[str, str]}


def _type_uri(name: str) -> str:
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
    return f"{PROBLEMS_PATH}/{words}"


def _title(name: str) -> str:
    return _type_uri(name).rpartition("/")[2].replace("-", " ").capitalize()


def _wire_type(annotation: Any) -> Any:  # noqa: ANN401  # it is a type
    if get_origin(annotation) is UnionType:
        return reduce(or_, map(_wire_type, get_args(annotation)))
    if get_origin(annotation) is not None:
        item, *_ = get_args(annotation)
        return list[_WIRE_TYPES.get(item, item)]  # type: ignore[misc]
    return _WIRE_TYPES.get(annotation, annotation)


def _problem_type(error: type[LedgerError], status: int) -> Any:  # noqa: ANN401  # a class made of the error's own fields
    """Make the problem of an error: its name, its meaning, and its data as extension members."""
    members = {name: _wire_type(hint) for name, hint in get_type_hints(error).items()}
    name = error.__name__
    absent = {name: None for name, hint in members.items() if NoneType in get_args(hint)}  # What is null is left out on the wire.
    content = {
        **absent,
        "__doc__": error.__doc__,
        "__module__": __name__,
        "__annotations__": members,
        "title": _title(name),
        "status": status,
        "type": _type_uri(name),
    }
    return new_class(name, (Problem,), exec_body=lambda namespace: namespace.update(content))


PROBLEMS: dict[type[LedgerError], Any] = {error: _problem_type(error, status) for error, status in _STATUSES.items()}
"""The problem of each error that a request can provoke."""


class IdempotencyKeyMissing(Problem):
    """A write without an `Idempotency-Key` header: sent twice by a network that lost the answer, it would count twice."""

    title = "Idempotency-Key missing"
    status = 428
    type = f"{PROBLEMS_PATH}/idempotency-key-missing"


class NoSuchCommand(Problem):
    """No command was carried out under this key: it never arrived, or it was refused. It is safe to send it."""

    title = "No such command"
    status = 404
    type = f"{PROBLEMS_PATH}/no-such-command"
    key: str


class NoSuchEntry(Problem):
    """The ledger has no entry at this position."""

    title = "No such entry"
    status = 404
    type = f"{PROBLEMS_PATH}/no-such-entry"
    position: int
    head: int


class NoSuchCheckpoint(Problem):
    """The ledger has no checkpoint yet."""

    title = "No such checkpoint"
    status = 404
    type = f"{PROBLEMS_PATH}/no-such-checkpoint"


class NotInFile(Problem):
    """The ledger that is served is not in a file that could be verified."""

    title = "This ledger is in no file"
    status = 409
    type = f"{PROBLEMS_PATH}/not-in-file"


class CursorInvalid(Problem):
    """A cursor that was not given out for this question."""

    title = "Cursor invalid"
    status = 422
    type = f"{PROBLEMS_PATH}/cursor-invalid"


class AccessDenied(Problem):
    """The model's stage does not allow the operation."""

    title = "Access denied"
    status = 403
    type = f"{PROBLEMS_PATH}/access-denied"


class NotAuthenticated(Problem):
    """The request has no credential, or one that is not good here."""

    title = "Not authenticated"
    status = 401
    type = f"{PROBLEMS_PATH}/not-authenticated"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "How to send a credential."}

    def response_headers(self) -> Mapping[str, str]:
        """Ask for a credential; what was wrong with the one that was sent, the detail says."""
        return {"WWW-Authenticate": 'Bearer realm="lifecycle-ledger"'}


class ScopeInsufficient(Problem):
    """The credential is good, and has none of the scopes that this asks for."""

    title = "Scope insufficient"
    status = 403
    type = f"{PROBLEMS_PATH}/scope-insufficient"
    scopes: list[str]
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Which scopes would do."}

    def response_headers(self) -> Mapping[str, str]:
        """Name the scopes, as RFC 6750 has it."""
        return {"WWW-Authenticate": f'Bearer realm="lifecycle-ledger", error="insufficient_scope", scope="{" ".join(self.scopes)}"'}


class CredentialNotChecked(RetryAfter):
    """The credential cannot be checked at the moment."""

    title = "Credential not checked"
    status = 503
    type = f"{PROBLEMS_PATH}/credential-not-checked"


class ContentTooLarge(Problem):
    """The body is longer than this service takes."""

    title = "Content too large"
    status = 413
    type = f"{PROBLEMS_PATH}/content-too-large"


class BodyUnreadable(Problem):
    """The body cannot be read as JSON in UTF-8."""

    title = "Body unreadable"
    status = 400
    type = f"{PROBLEMS_PATH}/body-unreadable"


class UnsupportedMediaType(Problem):
    """The body is not declared as JSON."""

    title = "Unsupported media type"
    status = 415
    type = f"{PROBLEMS_PATH}/unsupported-media-type"


class PositionNotReached(RetryAfter):
    """The ledger has not reached the position that the question insists on."""

    title = "Position not reached"
    status = 503
    type = f"{PROBLEMS_PATH}/position-not-reached"
    min_position: int
    position: int


class EntryUnreadable(Problem):
    """An entry that the answer stands on cannot be read, so there is no answer."""

    title = "Entry unreadable"
    status = 503
    type = f"{PROBLEMS_PATH}/entry-unreadable"
    position: int


class OutcomeUnknown(RetryAfter):
    """Whether the command was carried out is not known. Sent again under the same key, it is carried out once."""

    title = "Outcome unknown"
    status = 503
    type = f"{PROBLEMS_PATH}/outcome-unknown"


class BodyTooSlow(Problem):
    """The body did not arrive in time. Nothing was written."""

    title = "Body too slow"
    status = 408
    type = f"{PROBLEMS_PATH}/body-too-slow"


class TooManyRequests(RetryAfter):
    """The sender asks more often than one sender may."""

    title = "Too many requests"
    status = 429
    type = f"{PROBLEMS_PATH}/too-many-requests"


class TooManyStreams(RetryAfter):
    """The sender reads as many event streams as one sender may."""

    title = "Too many streams"
    status = 429
    type = f"{PROBLEMS_PATH}/too-many-streams"


class HostNotServed(Problem):
    """The request names a host that is not this service's own."""

    title = "Host not served"
    status = 421
    type = f"{PROBLEMS_PATH}/host-not-served"


class TimeLimitReached(RetryAfter):
    """There was no answer in the time that the service takes for one."""

    title = "Time limit reached"
    status = 503
    type = f"{PROBLEMS_PATH}/time-limit-reached"


class ServiceBusy(RetryAfter):
    """The service has as much to do as it takes at a time. Nothing was done."""

    title = "Service busy"
    status = 503
    type = f"{PROBLEMS_PATH}/service-busy"


class LedgerUnavailable(RetryAfter):
    """The ledger cannot be read or written at the moment. Nothing was written."""

    title = "Ledger unavailable"
    status = 503
    type = f"{PROBLEMS_PATH}/ledger-unavailable"


SERVICE_PROBLEMS: tuple[type[Problem], ...] = (
    IdempotencyKeyMissing,
    NoSuchCommand,
    NoSuchEntry,
    NotInFile,
    CursorInvalid,
    AccessDenied,
    NotAuthenticated,
    ScopeInsufficient,
    CredentialNotChecked,
    ContentTooLarge,
    BodyUnreadable,
    UnsupportedMediaType,
    PositionNotReached,
    EntryUnreadable,
    OutcomeUnknown,
    LedgerUnavailable,
    BodyTooSlow,
    TooManyRequests,
    TooManyStreams,
    HostNotServed,
    TimeLimitReached,
    ServiceBusy,
    ValidationProblem,
    InternalServerError,
)


def problem_of(error: LedgerError) -> Problem:
    """Return the problem that tells an error. What the database said stays in the log."""
    found = PROBLEMS.get(type(error))
    if found is not None:
        members = {name: _on_the_wire(getattr(error, name)) for name in get_type_hints(type(error))}
        problem: Problem = found(detail=error.sentence, **members)
        return problem
    if isinstance(error, CredentialRefused | ScopeMissing | CredentialUnchecked):
        return _problem_of_credential(error)
    if isinstance(error, store.UnreadableEvent):
        return EntryUnreadable(detail=f"Entry {error.position} of the ledger cannot be read by this version.", position=error.position)
    if isinstance(error, NoticesStopped):
        return EntryUnreadable(detail=f"The view {error.view} stopped before entry {error.position}.", position=error.position)
    if isinstance(error, store.OutcomeUnknown):
        return OutcomeUnknown(detail="Send the command again under the same Idempotency-Key.", retry_after=RETRY_SECONDS)
    return LedgerUnavailable(detail="Try again; the service's log says what is wrong.", retry_after=RETRY_SECONDS)


def _problem_of_credential(error: CredentialRefused | ScopeMissing | CredentialUnchecked) -> Problem:
    match error:
        case CredentialRefused():
            return NotAuthenticated(detail=error.sentence)
        case ScopeMissing():
            return ScopeInsufficient(detail=error.sentence, scopes=list(error.scopes))
        case CredentialUnchecked():
            return CredentialNotChecked(detail=error.sentence, retry_after=RETRY_SECONDS)


def told(problem: Problem) -> dict[str, object]:
    """Write a problem that is part of a longer answer."""
    return {"type": problem.type, "title": problem.title, "status": problem.status, "detail": problem.detail}


def _on_the_wire(value: object) -> object:
    match value:
        case datetime():
            return format_instant(value)
        case Scope():
            return value.as_dict()
        case SubjectKey() | Stage():
            return str(value)
        case str():
            return value
        case Sequence():
            return [_on_the_wire(item) for item in value]
        case _:
            return value


def install(app: FastAPI, routes: Sequence[BaseRoute] = ()) -> None:
    """Answer every error as a problem, without inner text. A method that a path does not have is told those of `routes` that it has."""
    add_problem_handlers(app, strip_debug=True)
    handlers = make_handlers(strip_debug=True, instance_from_request=True)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, LedgerError)  # noqa: S101  # it is installed for these
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("unavailable", extra={"reason": error.sentence})
        return await handlers[Problem](request, problem)

    async def not_served(request: Request, error: Exception) -> Response:
        response = await handlers[HTTPException](request, error)
        allowed = _allowed(request, routes)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    app.add_exception_handler(LedgerError, refused)
    app.add_exception_handler(HTTPException, not_served)


def _allowed(request: Request, routes: Sequence[BaseRoute]) -> set[str]:
    """Return the methods of all routes of a path; the framework names those of the first one."""
    fitting = [route for route in routes if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE]
    allowed = {method for route in fitting for method in route.methods or ()}
    return allowed | {"HEAD"} if "GET" in allowed else allowed
