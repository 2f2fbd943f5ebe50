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
        # Past the ORM's care for each value, which takes longer than the question itself.
        return connection.exec_driver_sql(text, tuple(values.get(name, fixed) for name, fixed in names)).fetchall()

    def _made(self, connection: Connection) -> tuple[str, Sequence[tuple[str, object]]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        fixed = compiled.params
        made = str(compiled), [(name, fixed[name]) for name in compiled.positiontup or ()]  # type: ignore[attr-defined]
        self._texts[connection.dialect.name] = made
        return made
