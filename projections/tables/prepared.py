"""Statements that are asked so often that making their text would take longer than running them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.selectable import SelectBase

_SQLITE = "sqlite"
_BETWEEN = "\x1f"


class Prepared:
    """A question whose text is made once for each kind of database. Threads may share it. Its values are texts, whole numbers or null."""

    def __init__(self, statement: SelectBase, *, as_texts: bool = False) -> None:
        """With `as_texts`, all that is asked for are texts, none of them null, and none with a control character."""
        self._statement = statement
        self._as_texts = as_texts
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
        if dialect != _SQLITE:
            return found
        together: str | None = found[0][0]
        if together is None:
            return []
        if not self._as_texts:
            return json.loads(f"[{together}]")  # type: ignore[no-any-return]
        texts = iter(together.split(_BETWEEN))
        return list(zip(*[texts] * len(self._statement.selected_columns), strict=True))

    def _made(self, connection: Connection) -> tuple[str, Sequence[tuple[str, object]]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        fixed = compiled.params
        text = str(compiled)
        if connection.dialect.name == _SQLITE:
            text = self._in_one_step(text)
        made = text, [(name, fixed[name]) for name in compiled.positiontup or ()]
        self._texts[connection.dialect.name] = made
        return made

    def _in_one_step(self, text: str) -> str:
        """Let SQLite put all rows into one: for every row its driver lets other threads have the interpreter, and waits to have it back."""
        names = [f"c{number}" for number in range(len(self._statement.selected_columns))]
        row, between = f"json_array({', '.join(names)})", ","
        if self._as_texts:
            row, between = f" || '{_BETWEEN}' || ".join(names), _BETWEEN
        return f"WITH page({', '.join(names)}) AS ({text}) SELECT group_concat({row}, '{between}') FROM page"  # noqa: S608 - our own text
