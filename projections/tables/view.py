"""What a view of models consists of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Table

from projections.tables.columns import Row
from projections.tables.subject import Subject


@dataclass(frozen=True, slots=True)
class View:
    """A table whose rows about a model follow from that model's history alone."""

    table: Table
    """Its first key columns are `catalog` and `model`."""
    rows: Callable[[Subject], Sequence[Row]]
    """Gives a model's rows: pure, so that rows kept up with the log and rows built anew are the same."""
    now: Select[*tuple[object, ...]]
    """What the SQL view `<name>_now` shows: the rows as they stand at the present instant of the database's clock."""

    @property
    def name(self) -> str:
        """The name of its table, and its own."""
        return self.table.name

    @property
    def tables(self) -> Sequence[Table]:
        """Its one table."""
        return (self.table,)
