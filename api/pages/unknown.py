"""Addresses that are none: people are told by a page, programs by a problem document."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.pages.page_route import told

_API = "/v1/"


def install(app: FastAPI) -> None:
    """Let browsers see a page where nothing is; after the problems are installed."""
    as_problem = cast("Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[HTTPException])

    async def not_served(request: Request, error: Exception) -> Response:
        response = await as_problem(request, error)
        if response.status_code == HTTPStatus.NOT_FOUND and _is_for_people(request):
            return told(request, HTTPStatus.NOT_FOUND, "There is no such page", "Check the address, or begin with all models.")
        return response

    app.add_exception_handler(HTTPException, not_served)


def _is_for_people(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return "text/html" in request.headers.get("accept", "") and not path.startswith(_API)
