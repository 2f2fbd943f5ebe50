"""A page: one reading of one source, and what became of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.changes import Change
from domain.errors import LedgerError
from domain.events import Position


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Which source was read, when, and in which document."""

    file: str
    catalog: str
    source: str
    address: str | None
    seen_on: str
    """`YYYY-MM-DD`; its first instant is the rows' `announced_at`."""
    sha256: str


@dataclass(eq=False)
class PageOvertaken(LedgerError):
    """Another import of the same source ended while this one was on its way."""

    file: str
    source: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"Another import of {self.source} ended while {self.file} was being read. Its rows are recorded so far, the reading is not: "
            "import it again, one import of a source at a time."
        )


@dataclass(eq=False)
class PageWithoutRows(LedgerError):
    """A page that has tables, and not one row about a model."""

    file: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.file} has no row about any model: it may have been cut off. Fetch the page again."


class RowStatus(StrEnum):
    """How a row of a document ended. There is no other end."""

    APPENDED = "appended"
    UNCHANGED = "unchanged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row with its end."""

    file: str
    line: int
    status: RowStatus
    subject: str | None
    """The model with its scope; none where it could not be read."""
    position: Position | None = None
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    """Why it could not be read or recorded."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A table about something else."""

    file: str
    line: int
    title: str
    rows: int


@dataclass
class PageReport:
    """What an import did with one page."""

    page: PageInfo
    appended: int = 0
    unchanged: int = 0
    rows: list[RowReport] = field(default_factory=list)
    """Every row that was appended or could not be read; unchanged ones are counted."""
    skipped: list[Skipped] = field(default_factory=list)
    vanished: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    split_dropped: tuple[str, ...] = ()
    """Scopes for which the source no longer makes a difference: what it said of them is withdrawn."""
    observed: bool = False
    """Whether the reading was recorded; it is not where the same document was read before on that day."""
    read_before: bool = False
    """Whether this very document of this day was read before a newer one; its rows were not looked at again."""
    runs: tuple[Position, ...] = ()
    """The notification runs that it opened."""
    breaches: Mapping[str, int] = field(default_factory=dict)
    """How many appended rows break the catalog's policy, by finding."""

    @property
    def unreadable(self) -> int:
        """How many rows could not be read or recorded."""
        return sum(row.status is RowStatus.UNREADABLE for row in self.rows)

    @property
    def total(self) -> int:
        """How many rows about models the page had."""
        return self.appended + self.unchanged + self.unreadable

    def take(self, row: RowReport) -> None:
        """Count a row, and keep it where there is something to tell."""
        if row.status is RowStatus.UNCHANGED:
            self.unchanged += 1
            return
        if row.status is RowStatus.APPENDED:
            self.appended += 1
        self.rows.append(row)
