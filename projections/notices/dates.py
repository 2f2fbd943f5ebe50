"""Days between a notice and the date that it tells of."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from projections.tables.columns import TEXT


@lru_cache(maxsize=16_384)
def days_between(day: str, on: str) -> int:
    """Return the calendar days from one day to another, each `YYYY-MM-DD`; negative where the other is before it."""
    return (date.fromisoformat(on) - date.fromisoformat(day)).days


@lru_cache(maxsize=16_384)
def days_before(on: str, days: int) -> str:
    """Return the day that lies so many calendar days before another; the first of all days where there is none."""
    until_first = (date.fromisoformat(on) - date.min).days
    return (date.fromisoformat(on) - timedelta(days=min(days, until_first))).isoformat()


class DayBefore(FunctionElement[str]):
    """`days_before`, by the database."""

    type = TEXT
    inherit_cache = True

    def __init__(self, on: ColumnElement[str | None], days: ColumnElement[int]) -> None:
        super().__init__(on, days)


@compiles(DayBefore, "sqlite")
def _day_before_in_sqlite(element: DayBefore, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    on, days = element.clauses
    return f"date({compiler.process(on, **kw)}, -{compiler.process(days, **kw)} || ' days')"


@compiles(DayBefore, "postgresql")
def _day_before_in_postgresql(element: DayBefore, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    on, days = element.clauses
    return f"to_char({compiler.process(on, **kw)}::date - {compiler.process(days, **kw)}::integer, 'YYYY-MM-DD')"
