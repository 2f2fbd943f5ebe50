"""Statements that are asked so often that making their text would take longer than running them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.elements import ClauseElement


class Prepared:
    """A statement whose text is made once for each kind of database. Threads may share it."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[str, tuple[str, Sequence[tuple[str, object]]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Return the rows, in the columns' order, as the driver gives them."""
        text, names = self._texts.get(connection.dialect.name) or self._made(connection)
        if not connection.in_transaction():
            connection.begin()  # So that all questions are asked as of one moment.
        # Past the ORM's care for each value, which takes longer than the question itself.
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, [values.get(name, fixed) for name, fixed in names])
            return cursor.fetchall()
        finally:
            cursor.close()

    def _made(self, connection: Connection) -> tuple[str, Sequence[tuple[str, object]]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        fixed = compiled.params
        made = str(compiled), [(name, fixed[name]) for name in compiled.positiontup or ()]  # type: ignore[attr-defined]
        self._texts[connection.dialect.name] = made
        return made
