"""A model's page: parse, one call, page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.http.paths import CatalogPart, ModelPart, Serving, subject_of
from api.pages.clock_form import clock_fields, moved, steps_of
from api.pages.clocks import Clocks, read_clocks
from api.pages.errors import FieldUnusable
from api.pages.model.drawing import drawn
from api.pages.model.machines import machines, path_of, scope_parameters
from api.pages.model.told import told_of
from api.pages.model.view import ModelView, model_view
from api.pages.page_route import PageRoute, elsewhere
from api.pages.rendering import page
from api.pages.shown import LETTERS
from api.pages.words.findings import finding_html
from api.pages.words.sentence import sentence_html
from api.words import subject
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.subjects import WHOLE, Scope

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_SCOPE = "scope."


@router.get("/models/{catalog}/{model}")
async def show(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """Show a model, or a part of it, at a point on the clocks."""
    parameters = dict(request.query_params)
    key, scope = subject_of(catalog, model, read_scope(parameters))
    clocks = read_clocks(parameters)
    await service.reach(None)
    service.known(key)
    question, now = service.question(key, clocks.asked(scope)), service.now()
    found = await run_in_threadpool(model_view, service.ledger.histories(question.position), question, now)
    path, about = f"{request.scope.get('root_path', '')}/models/{path_of(key)}", scope_parameters(scope)
    known = [at for at in found.moments if at <= now]
    sent = {name: text for name, text in parameters.items() if not name.startswith(_SCOPE)} | about
    if address := moved(path, sent, {"valid_at": steps_of(found.edges, now), "known_at": steps_of(known, now)}):
        return elsewhere(address)
    return page(
        request,
        "model.html.j2",
        title=subject(key, scope),
        model=found,
        path=path,
        form=clock_fields(path, {**about, **clocks.parameters()}, clocks, now, found.edges, known),
        told=await told_of(service, key, question.position),
        **_shown(found, clocks),
    )


def _shown(found: ModelView, clocks: Clocks) -> dict[str, Any]:
    """Return what the template needs beside the model itself."""
    question, answer = found.question, found.answer
    about = scope_parameters(question.scope)
    return {
        "question": question,
        "clocks": clocks,
        "scope": about,
        "sentence": sentence_html(question, answer, found.policy),
        "letter": LETTERS[answer.stage or answer.status],
        "drawn": drawn(found),
        "machines": machines(question.key, question.scope, clocks, question.position),
        "known_from": lambda at: replace(clocks, known_at=at).query(**about),
        "scope_parameters": scope_parameters,
        "finding_html": finding_html,
        "opened": lambda run: parse_instant(run.opened_at),
    }


def read_scope(parameters: Mapping[str, str]) -> Scope:
    """Read the scope of an address; empty parts are not set.

    Raises:
        FieldUnusable: a key or a value cannot be used.
    """
    parts = {name.removeprefix(_SCOPE): text for name, text in parameters.items() if name.startswith(_SCOPE) and text.strip()}
    if not parts:
        return WHOLE
    try:
        return Scope.of(parts)
    except LedgerError as problem:
        raise FieldUnusable("scope", ", ".join(parts), problem.sentence) from None
