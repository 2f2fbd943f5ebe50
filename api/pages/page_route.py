"""The route class of pages: what is refused is told as a page, with the same status as over the API."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi_rfc9457 import Problem
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.problems import problem_of
from api.pages.errors import FieldUnusable, NoSuchPage
from api.pages.rendering import page
from domain.errors import LedgerError
from domain.refusals import NoSuchModel


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with what it refuses made a page."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except LedgerError as error:
                return refusal(request, error)
            except Problem as problem:
                return told(request, problem.status, problem.title, problem.detail or problem.title)
            except RequestValidationError as error:
                return told(request, HTTPStatus.UNPROCESSABLE_ENTITY, "This address cannot be read", _words(error))

        return handled


def refusal(request: Request, error: LedgerError) -> Response:
    """Tell on a page what was refused, and why."""
    if isinstance(error, NoSuchModel):
        return told(request, HTTPStatus.NOT_FOUND, "There is no such model", error.sentence, nearest=error.nearest)
    if isinstance(error, NoSuchPage):
        return told(request, HTTPStatus.NOT_FOUND, "There is no such page", error.sentence)
    if isinstance(error, FieldUnusable):
        return told(request, HTTPStatus.UNPROCESSABLE_ENTITY, "This address cannot be read", error.sentence)
    problem = problem_of(error)
    return told(request, problem.status, problem.title, problem.detail or error.sentence)


def told(request: Request, status: int, title: str, sentence: str, nearest: object = ()) -> Response:
    """Answer with the page of a refusal."""
    return page(request, "refused.html.j2", title=title, status=status, sentence=sentence, nearest=nearest)


def elsewhere(address: str) -> RedirectResponse:
    """Send the browser to another address, which it then asks for with GET."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _words(error: RequestValidationError) -> str:
    return " ".join(f"{'.'.join(str(part) for part in found['loc'][1:])}: {found['msg']}." for found in error.errors()[:5])
