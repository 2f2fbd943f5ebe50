"""A view whose rows are added as entries come, and never follow from one history alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Executable, Table, insert

from domain.recorded import Recorded
from projections.tables.columns import Row


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A way in which a table is written."""

    table: Table
    statement: Callable[[Table], Executable] = insert
    """Made for the view's own table, and for one that is built beside it. Its values come in the order in which it names them."""


Change = tuple[Write, list[Row]]
"""What an entry writes in one way."""


@dataclass(frozen=True, slots=True)
class LogView:
    """Tables that grow with the entries of some streams."""

    name: str
    tables: Sequence[Table]
    prefixes: Sequence[str]
    """What the names of its streams begin with."""
    writes: Sequence[Write]
    """All its ways to write, in the order in which those of one transaction are carried out."""
    changes: Callable[[Recorded], Iterable[Change]]
    """Tells what an entry writes: pure, so that tables kept up with the log and tables built anew are the same."""
