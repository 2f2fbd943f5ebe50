"""Badges: a model's stage as a picture for other people's pages."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.conditional import kept_answer, tag_of
from api.http.described import Responses, parameters, read_answers
from api.http.paths import CatalogPart, ModelPart, Serving, subject_of
from api.http.queries import StageQuery, read_query
from api.pages.figures.badge import badge_svg
from api.pages.shown import WORDS
from api.pages.words.days import moment_words
from domain.refusals import NoSuchModel
from domain.rules.answers import StageAnswer
from domain.subjects import subject_text

router = APIRouter(tags=["feeds"])

SVG = "image/svg+xml"
_SVG = {SVG: {"schema": {"type": "string"}}}
_PICTURE: Responses = {
    200: {"description": "A picture (SVG).", "content": _SVG},
    404: {"description": "A picture, too: it says that there is no such model.", "content": _SVG},
}
_CACHED = "public, max-age=300"
"""Other people's pages ask for it often, and need not know within minutes."""


@router.get(
    "/badges/{catalog}/{model}.svg",
    operation_id="getBadge",
    summary="A model's stage as a picture",
    response_class=Response,
    responses={**read_answers(), **_PICTURE},
    openapi_extra=parameters(StageQuery),
)
async def get_badge(request: Request, service: Serving, catalog: CatalogPart, model: ModelPart) -> Response:
    """For the question that the stage of a model answers. One that is not known gets a picture that says so, with 404."""
    query = read_query(StageQuery, request)
    await service.reach(query.min_position)
    key, scope = subject_of(catalog, model, query.scope())
    question = service.question(key, query.asked(scope))
    try:
        answer = await service.answer(question)
    except NoSuchModel:
        body = badge_svg(subject_text(key, scope), "no such model", None).encode()
        return Response(body, 404, {"Cache-Control": _CACHED}, SVG)
    body = badge_svg(subject_text(key, scope), _message(answer), answer.stage).encode()
    return kept_answer(request, body, tag_of(body), SVG, cached=_CACHED)


def _message(answer: StageAnswer) -> str:
    words = WORDS[answer.stage or answer.status].lower()
    if answer.next and answer.next.on:
        return f"{words} until {moment_words(answer.next.on)}"
    return words
