"""Routes that read their request themselves, for the questions that are asked most."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response


class PlainRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response: FastAPI describes it, and does nothing else for it.

    What FastAPI does for a route otherwise costs as much as the answer.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: the endpoint as it is."""
        return self.endpoint
