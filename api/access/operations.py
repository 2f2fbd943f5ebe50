"""Which row of the rights table a request falls under, found by the routes themselves."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from api.access.rights import PAGES, Needed, needed_for

_REMEMBERED_MAX = 4096
_REMEMBERED_LENGTH_MAX = 400
"""Longest path that is remembered, in characters."""
_FOR_MACHINES = frozenset({"/metrics"})
"""What is no operation of the API, and no page either."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A route, and what it asks for."""

    path: str
    pattern: re.Pattern[str]
    methods: Collection[str]
    """None at all: whatever the method."""
    needed: Needed | None
    """None: the table has no row."""
    route: BaseRoute
    is_page: bool = False
    """Whether people ask for it with a browser: a session is good there, and nowhere else."""


def operations_of(routes: Iterable[BaseRoute]) -> list[Operation]:
    """Return the operations of an application, in the order in which its router looks at them."""
    found: list[Operation] = []
    for context in iter_route_contexts(list(routes)):
        path, operation_id = str(context.path), getattr(context.original_route, "operation_id", None)
        methods = frozenset(context.methods or ())
        is_page = operation_id is None and path in PAGES and path not in _FOR_MACHINES
        found.append(Operation(path, context.path_regex, methods, needed_for(operation_id, path), context.original_route, is_page))
    return found


class Operations:
    """Finds the operation of a request as the router will: the first one whose path and method fit."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._all = operations_of(routes)
        self._remembered = lru_cache(_REMEMBERED_MAX)(self._found)

    def of(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request, if there is one."""
        return (self._remembered if len(path) <= _REMEMBERED_LENGTH_MAX else self._found)(method, path)

    def _found(self, method: str, path: str) -> Operation | None:
        for operation in self._all:
            if (not operation.methods or method in operation.methods) and operation.pattern.match(path):
                return operation
        return None
