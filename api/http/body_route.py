"""Routes with a body: JSON in UTF-8 and nothing else, and no query parameter that the route does not know."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from api.http.problems import BodyUnreadable, UnsupportedMediaType

_JSON = "application/json"


class BodyRoute(APIRoute):
    """A route of FastAPI that reads its body more strictly: a misspelt `dry_run` must not write."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        inner = super().get_route_handler()
        if self.body_field is None:
            return inner
        known = frozenset(parameter.alias for parameter in self.dependant.query_params)

        async def read(request: Request) -> Response:
            refuse_unknown(request, known)
            _refuse_other_types(request)
            return await inner(_Read(request, await request.body()))

        return read


class _Read(Request):
    """A request whose body was read."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._raw = body
        self._content = _parsed(body)

    async def body(self) -> bytes:
        return self._raw

    async def json(self) -> Any:  # noqa: ANN401  # whatever JSON is
        return self._content


def refuse_unknown(request: Request, known: frozenset[str] = frozenset()) -> None:
    """Refuse query parameters that are unknown or given twice.

    Raises:
        RequestValidationError: there is one.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in dict.fromkeys(names):
        if name not in known:
            raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name), "msg": "there is no such parameter here"}])
        if names.count(name) > 1:
            raise RequestValidationError([{"type": "value_error", "loc": ("query", name), "msg": "it is given more than once"}])


async def no_parameters(request: Request) -> None:
    """Refuse every query parameter: for routes that have neither a body nor any of their own."""
    refuse_unknown(request)


def _refuse_other_types(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise UnsupportedMediaType(detail=f"Send the body as JSON, with the header Content-Type: {_JSON}.")


def _parsed(body: bytes) -> Any:  # noqa: ANN401  # whatever JSON is
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BodyUnreadable(detail=f"The body is no JSON in UTF-8: {error}.") from None
