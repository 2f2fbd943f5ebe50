"""Reading the next reasons why somebody had to be told, each with what all its outcomes come to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import eq
from typing import Any

from sqlalchemy import Connection

from domain.events import Position
from projections.notices.audit_statements import Shape, page_statements

Key = tuple[Position, int, str, str]
"""Run, member, subscription and role: where a reason stands among all."""

Row = Sequence[Any]
"""In the columns of `page_statements`."""

_FIRST: Key = (0, -(2**62), "", "")


@dataclass(frozen=True, slots=True)
class Form:
    """How reasons are asked for: as values, or as texts for JSON."""

    as_json: bool
    why_length: int
    """Columns that tell a reason from others; a row begins with them."""
    key: Callable[[Row], Key]
    together: Callable[[Sequence[Row]], Row]
    """Makes a reason's rows one: there is one for each outcome, in their order."""


def next_reasons(
    connection: Connection, form: Form, shape: Shape, asked: Mapping[str, object], after: Key | None, limit: int
) -> Sequence[Row]:
    """Return the next reasons after a key, in the order of their keys, a row each.

    They come as rows of outcomes: most reasons have one at the most, and few have many.
    """
    found: list[Row] = []
    after, spare = after or _FIRST, 2 + limit // 32
    while True:
        begin = dict(zip(("after_run", "after_member", "after_subscription", "after_role"), after, strict=True))
        for statement in page_statements(shape):
            rows_max = limit - len(found) + spare
            rows = statement.rows(connection, {**asked, **begin, "rows_max": rows_max})
            found += _one_each(form, rows)
            if len(rows) == rows_max:
                found.pop()  # There may be more of the last one.
                break
        else:
            return found[:limit]
        if len(found) >= limit:
            return found[:limit]
        after, spare = form.key(found[-1]) if found else after, 2 * spare


def _one_each(form: Form, rows: Sequence[Row]) -> Iterable[Row]:
    whys = [row[: form.why_length] for row in rows]
    if not any(map(eq, whys, islice(whys, 1, None))):
        return rows
    groups = (list(group) for _, group in groupby(rows, lambda row: row[: form.why_length]))
    return (group[0] if len(group) == 1 else form.together(group) for group in groups)
