"""The form for providers: shown, checked, and recorded as it was checked."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import forgery
from api.access.announcing import check_limits
from api.access.principal import sender
from api.http.paths import Serving
from api.http.queries import POSITION_MAX
from api.http.service import Service
from api.http.writing import command_key
from api.pages.announce.fields import KINDS, NAMES, SCOPE_PARTS, Filled, blank, read
from api.pages.announce.outcome import Outcome, check
from api.pages.announce.refused import field_error
from api.pages.page_route import PageRoute, elsewhere
from api.pages.signing_in.form_page import form_page, sent_form
from domain.errors import InvalidName, LedgerError
from domain.events import Position
from domain.stages import PLANNED_STAGES, Stage
from domain.store.errors import StaleVersion
from domain.streams import model_stream
from domain.subjects import SubjectKey

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SUGGESTED_MAX = 300
"""How many models are suggested while one is named."""
CHANGED = "The model has changed since you checked, and nothing was recorded. This is what your announcement would do now."
RECORD = "record"


@router.get("/announce")
async def show(request: Request, service: Serving) -> Response:
    """Show the form."""
    await service.reach(None)
    model = request.query_params.get("model", "").strip()[:400]
    recorded = await run_in_threadpool(_recorded, service, model, request.query_params.get("recorded", ""))
    return _page(request, service, blank(model), recorded=recorded)


@router.post("/announce")
async def send(request: Request, service: Serving) -> Response:
    """Check an announcement, or record one that was checked.

    Raises:
        FormForged: the form is none of ours.
    """
    form = await sent_form(request)
    forgery.check(request, form)
    await service.reach(None)
    filled = read(form)
    said = ""
    try:
        if form.get("do") == RECORD and filled.command is not None:
            return await _record(request, service, filled, form)
    except StaleVersion:
        said = CHANGED
    except LedgerError as refused:
        if field_error(refused) is None:
            raise
        # The check that follows tells the same, beside its field.
    found, filled = await _checked(service, filled)
    status = HTTPStatus.CONFLICT if said else HTTPStatus.UNPROCESSABLE_ENTITY if filled.errors else HTTPStatus.OK
    return _page(request, service, filled, outcome=found, said=said, status=status)


async def _record(request: Request, service: Service, filled: Filled, form: dict[str, str]) -> Response:
    command, subject = filled.command, filled.subject
    assert command is not None  # noqa: S101  # the caller has looked
    assert subject is not None  # noqa: S101
    key = command_key(form.get("command_key"))
    check_limits(sender.get(), subject[0], command, service.ledger.store.history)
    receipt = await service.record(command, key, _number("version", form.get("version", "")))
    address = {"model": filled.texts["model"].strip(), "recorded": receipt.positions[0] if receipt.positions else service.position}
    return elsewhere(f"{request.scope.get('root_path', '')}/announce?{urlencode(address)}")


async def _checked(service: Service, filled: Filled) -> tuple[Outcome | None, Filled]:
    """Rehearse an announcement; what the rules refuse is an error of a field."""
    if filled.command is None or filled.subject is None:
        return None, filled
    try:
        service.known(filled.subject[0])
        check_limits(sender.get(), filled.subject[0], filled.command, service.ledger.store.history)
        found, refused = await run_in_threadpool(check, service, filled.command, filled.subject)
    except LedgerError as error:
        wrong = field_error(error)
        if wrong is None:
            raise
        return None, replace(filled, errors=dict([wrong]))
    wrong = field_error(refused) if refused else None
    return found, replace(filled, errors=dict([wrong])) if wrong else filled


def _page(
    request: Request,
    service: Service,
    filled: Filled,
    *,
    outcome: Outcome | None = None,
    said: str = "",
    recorded: tuple[SubjectKey, Position] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    return form_page(
        request,
        "announce.html.j2",
        title="Announce",
        status=status,
        filled=filled,
        names=NAMES,
        kinds=KINDS,
        scope_parts=SCOPE_PARTS,
        planned=PLANNED_STAGES,
        stages=tuple(Stage),
        models=service.models()[:SUGGESTED_MAX],
        outcome=outcome,
        said=said,
        recorded=recorded,
        checked=request.method == "POST",
    )


def _recorded(service: Service, model: str, text: str) -> tuple[SubjectKey, Position] | None:
    """Return the announcement that was just recorded, if an address tells of one that there is."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(POSITION_MAX)):
        return None
    subject = read({"model": model}).subject
    if subject is None:
        return None
    position = int(text)
    return (subject[0], position) if any(e.position == position for e in service.ledger.store.history(model_stream(subject[0]))) else None


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(POSITION_MAX)):
        raise InvalidName(name, text, "it is the version that the check has seen; check again")
    return int(text)
