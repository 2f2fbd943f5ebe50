"""How values stand in the tables: as texts and numbers that read, sort and compare the same in every database."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from domain.subjects import Scope

Row = tuple[object, ...]
"""A row, in the order of its table's columns."""

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by code points: SQLite does so by itself."""


class Now(FunctionElement[str]):
    """The present instant by the database's clock, as `instant_text` writes it."""

    type = TEXT
    inherit_cache = True


@compiles(Now, "sqlite")
def _now_in_sqlite(_element: Now, _compiler: object, **_: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    return "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"


@compiles(Now, "postgresql")
def _now_in_postgresql(_element: Now, _compiler: object, **_: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    return "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


@lru_cache(maxsize=16_384)
def instant_text(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC in a fixed width, so that text order is time order."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def optional_instant(instant: datetime | None) -> str | None:
    """Write an instant where there is one."""
    return None if instant is None else instant_text(instant)


@lru_cache(maxsize=4096)
def scope_text(scope: Scope) -> str:
    """Write a scope as canonical JSON; `{}` is all of the model."""
    return _json(scope.as_dict())


@lru_cache(maxsize=4096)
def list_text(texts: tuple[str, ...]) -> str:
    """Write texts as a JSON list, in their order."""
    return _json(texts)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
