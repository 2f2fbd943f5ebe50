"""Refusing a request before it reaches a route, by the same documents that routes refuse with."""

from fastapi_rfc9457 import Problem
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope


async def refusal(scope: Scope, problem: Problem) -> Response:
    """Write a problem as the application writes its own."""
    response: Response = await scope["app"].exception_handlers[Problem](Request(scope), problem)
    return response
