"""What a reader finds in a document: rows, rows that it could not read, and tables about something else."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.dates import AnyDate
from domain.stages import Stage
from domain.subjects import Scope


@dataclass(frozen=True, slots=True)
class Replacement:
    """A suggested replacement as published: a name, or a key where the document gives one, and perhaps a version."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """What one row states about one model. A row about several models, or several deployment types, becomes several of these."""

    line: int
    """Line of the document at which the row starts, counted from 1."""
    raw: str
    """The row's text as published."""
    name: str
    """The model's display name."""
    provider: str | None
    scope: Scope
    legacy: AnyDate | None
    deprecated: AnyDate | None
    retired: AnyDate | None
    label: Stage | None
    replacements: tuple[Replacement, ...] | None
    notes: str | None
    """Text of the row that is neither a name nor a date, if any."""
    remarks: tuple[str, ...] = ()
    """What the reader wants a person to look at: text beside a date that it kept as a note, and the like."""
    key: str | None = None
    """`catalog/model`, where the document names the key itself."""
    model: str | None = None
    """The key form of the model alone, where the document names it without a catalog."""
    source: str | None = None
    """The source's name, where the document names it itself."""
    address: str | None = None
    """The source's address, where the document gives it itself."""
    seen_on: str | None = None
    """Day of the reading, `YYYY-MM-DD`, where the document gives it itself."""


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that states something which could not be read. Nothing of it is recorded."""

    line: int
    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedTable:
    """A table about something else, such as default upgrades or fine-tuning."""

    line: int
    title: str
    rows: int


Found = PublishedRow | UnreadableRow | SkippedTable
Reading = Iterator[Found]
