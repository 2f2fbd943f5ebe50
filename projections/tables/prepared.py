"""Statements that are asked so often that making their text would take longer than running them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.selectable import SelectBase

_SQLITE = "sqlite"


class Prepared:
    """A question whose text is made once for each kind of database. Threads may share it. Its values are texts, whole numbers or null."""

    def __init__(self, statement: SelectBase) -> None:
        self._statement = statement
        self._texts: dict[str, tuple[str, Sequence[tuple[str, object]]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Return the rows, in the columns' order, as the driver gives them."""
        dialect = connection.dialect.name
        text, names = self._texts.get(dialect) or self._made(connection)
        if not connection.in_transaction():
            connection.begin()  # So that all questions are asked as of one moment.
        # Past the ORM's care for each value, which takes longer than the question itself.
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, [values.get(name, fixed) for name, fixed in names])
            found: Sequence[Sequence[Any]] = cursor.fetchall()
        finally:
            cursor.close()
        return json.loads(found[0][0]) if dialect == _SQLITE else found

    def _made(self, connection: Connection) -> tuple[str, Sequence[tuple[str, object]]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        fixed = compiled.params
        text = str(compiled)
        if connection.dialect.name == _SQLITE:
            text = _in_one_step(text, len(self._statement.selected_columns))
        made = text, [(name, fixed[name]) for name in compiled.positiontup or ()]
        self._texts[connection.dialect.name] = made
        return made


def _in_one_step(text: str, columns: int) -> str:
    """Let SQLite put all rows into one: its driver hands the interpreter to another thread, and waits to have it back, for every row."""
    names = ", ".join(f"c{number}" for number in range(columns))
    return f"WITH page({names}) AS ({text}) SELECT json_group_array(json_array({names})) FROM page"  # noqa: S608 - our own text
