"""The ledger's pages: parse, one call, page."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import forgery
from api.access.principal import sender
from api.access.streams import readable
from api.http.paths import Serving
from api.http.plain_route import PlainRoute
from api.http.queries import POSITION_MAX
from api.http.routes.stream import follow_events
from api.pages.errors import FieldUnusable, NoSuchPage
from api.pages.ledger.view import ENTRIES, Signed, lines, shown_entry
from api.pages.page_route import PageRoute, elsewhere
from api.pages.rendering import page
from api.pages.signing_in.form_page import form_page, sent_form
from domain.event_types import EVENT_TYPES
from domain.events import Position
from domain.verification.verdicts import Verdict

router = APIRouter(route_class=PageRoute, include_in_schema=False)
feed = APIRouter(route_class=PlainRoute, include_in_schema=False)
feed.add_api_route("/ledger/feed", follow_events)

VERDICT_WORDS = {
    Verdict.INTACT: "Intact: every stored byte is what was recorded, and what the checkpoints signed.",
    Verdict.NEVER_CHECKPOINTED: "It agrees with itself, and nothing was ever signed.",
    Verdict.TAMPERED: "Tampered with.",
    Verdict.TRUNCATED: "Truncated.",
    Verdict.UNVERIFIABLE: "It could not be verified.",
}

At = Annotated[int, Path(ge=1, le=POSITION_MAX)]


@router.get("/ledger")
async def show(request: Request, service: Serving) -> Response:
    """Show what is signed, and the end of the log; `entry` leads to one entry, `before` to earlier ones."""
    if wanted := request.query_params.get("entry", "").strip():
        return elsewhere(f"{request.scope.get('root_path', '')}/ledger/entries/{_position('entry', wanted)}")
    before = request.query_params.get("before", "").strip()
    await service.reach(None)
    found = await run_in_threadpool(lines, service, _position("before", before) if before else None, readable(sender.get()))
    signed = Signed.of(await run_in_threadpool(service.proving.last))
    return form_page(
        request,
        "ledger.html.j2",
        title="Ledger",
        head=service.position,
        recorded_at=service.index.recorded_at,
        signed=signed,
        verifications=service.verifications,
        verdict_words=VERDICT_WORDS,
        lines=found,
        before=before,
        older=found[-1].position if len(found) == ENTRIES else None,
        types=sorted(kind.__name__ for kind in EVENT_TYPES),
    )


@router.post("/ledger/verification")
async def verify(request: Request, service: Serving) -> Response:
    """Begin to verify the ledger's file, unless that goes on.

    Raises:
        FormForged: the form is none of ours.
    """
    forgery.check(request, await sent_form(request))
    service.verifications.begin()
    return elsewhere(f"{request.scope.get('root_path', '')}/ledger#verified")


@router.get("/ledger/entries/{position}")
async def show_entry(request: Request, service: Serving, position: At) -> Response:
    """Show one entry, with its bytes and its proof."""
    await service.reach(None)
    found = await run_in_threadpool(service.proving.evidence.at_one_moment, lambda snapshot: shown_entry(snapshot, position))
    if found is None:
        raise NoSuchPage(f"/ledger/entries/{position}: the log has the positions 1 to {service.position}")
    readable(sender.get(), found.stored.stream)
    return page(request, "entry.html.j2", title=f"Entry {position}", entry=found, head=service.position)


def _position(name: str, text: str) -> Position:
    digits = text.removeprefix("@")
    if not (digits.isascii() and digits.isdecimal()) or not 0 < int(digits[:20]) <= POSITION_MAX:
        raise FieldUnusable(name, text, "it is a position of the log, like 57")
    return int(digits)
