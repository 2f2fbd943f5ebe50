"""JSON made by the database is what `to_json` makes."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.dialects import postgresql

from projections.tables.columns import TEXT
from projections.tables.json_text import JsonObject, JsonText
from projections.tables.prepared import Prepared
from projections.tables.views import Views

HOSTILE = [
    *("", '"', "\\", 'a"b\\c\\', "}", '{"a":1}', '","code":"250', "\\u0041", "'; --", "%s {0}", "/", "</script>"),
    *("\x00nul\x00", "".join(map(chr, range(32))), "\x7f\x80\x85\xa0", "\u2028\u2029", "\ufeff\ufffe\uffff", "é ß 你 😀 \U0010ffff"),
]
THINGS = Table("things", MetaData(), Column("code", TEXT), Column("count", Integer))
Rows = Sequence[tuple[str | None, int | None]]


def asked(rows: Rows, statement: Prepared) -> Sequence[Sequence[Any]]:
    with Views.open(None) as views, views.reading() as connection:
        THINGS.create(connection)
        for code, count in rows:
            connection.execute(THINGS.insert(), {"code": code, "count": count})
        return statement.rows(connection, {})


AS_TEXTS = Prepared(select(JsonText(THINGS.c.code), JsonObject(THINGS.c.code, (THINGS.c.count + 1).label("more"))), as_texts=True)
AS_VALUES = Prepared(select(THINGS.c.code, THINGS.c.count))


@pytest.mark.parametrize("code", [None, *HOSTILE])
def test_every_text_is_written_as_elsewhere(code: str | None) -> None:
    ((value, whole),) = asked([(code, 1)], AS_TEXTS)
    assert value == to_json(code).decode()
    assert whole == to_json({"code": code, "more": 2}).decode()


def test_rows_are_told_apart_whatever_they_hold() -> None:
    rows: Rows = [*((code, None) for code in HOSTILE), (None, 2**62), (None, -(2**62))]
    assert [value for value, _ in asked(rows, AS_TEXTS)] == [to_json(code).decode() for code, _ in rows]
    assert asked(rows, AS_VALUES) == [list(row) for row in rows]


@pytest.mark.parametrize("statement", [AS_TEXTS, AS_VALUES])
def test_of_nothing_there_are_no_rows(statement: Prepared) -> None:
    assert asked([], statement) == []


def test_postgresql_is_asked_for_the_same_without_spaces() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not say
    made = str(select(JsonObject(THINGS.c.code, THINGS.c.count)).compile(dialect=dialect))
    code, count = (f"coalesce(to_json(things.{name})::text, 'null')" for name in ("code", "count"))
    assert f"('{{' || '\"code\":' || {code} || ',' || '\"count\":' || {count} || '}}')" in made
