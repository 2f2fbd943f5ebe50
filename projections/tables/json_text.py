"""JSON made by the database: what goes to a reader as it is need not become objects of Python's on its way. Never null."""

from typing import Any

from sqlalchemy import ColumnElement, Label
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from projections.tables.columns import TEXT


class JsonText(FunctionElement[str]):
    """A value."""

    type = TEXT
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        super().__init__(value)


class JsonObject(FunctionElement[str]):
    """An object of columns, each under its name, in their order, with no space between."""

    type = TEXT
    inherit_cache = True

    def __init__(self, *columns: ColumnElement[Any] | Label[Any]) -> None:
        super().__init__(*columns)
        self.names = [column.key for column in columns]


@compiles(JsonText, "sqlite")
def _text_in_sqlite(element: JsonText, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    return f"json_quote({compiler.process(element.clauses, **kw)})"


@compiles(JsonText, "postgresql")
def _text_in_postgresql(element: JsonText, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    return _in_postgresql(compiler.process(element.clauses, **kw))


@compiles(JsonObject, "sqlite")
def _object_in_sqlite(element: JsonObject, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    members = (f"'{name}', {compiler.process(column, **kw)}" for name, column in zip(element.names, element.clauses, strict=True))
    return f"json_object({', '.join(members)})"


@compiles(JsonObject, "postgresql")
def _object_in_postgresql(element: JsonObject, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  # whatever the compiler passes on
    written = (_in_postgresql(compiler.process(column, **kw)) for column in element.clauses)
    members = " || ',' || ".join(f"'\"{name}\":' || {text}" for name, text in zip(element.names, written, strict=True))
    return f"('{{' || {members} || '}}')"  # Its own json_build_object puts spaces between.


def _in_postgresql(text: str) -> str:
    return f"coalesce(to_json({text})::text, 'null')"
