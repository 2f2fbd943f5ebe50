"""Deliveries that others made, and report: by a recipient's number, or by who it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from api.notices.attempts import Attempt
from domain.errors import LedgerError
from domain.events import Position
from domain.notices.events import Result
from projections.notices.runs import RunRow, run_at
from projections.notices.tables import MEMBERS

_TOGETHER = 500
_SHOWN_MAX = 20
REPORTED = frozenset({Result.ACCEPTED, Result.TRANSIENT, Result.PERMANENT, Result.BOUNCED})
"""Results that somebody else can report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says of one delivery."""

    recipient: int | None
    """The recipient's number, or none where `person` says who it is."""
    person: str | None
    """An opaque id, of a person or a webhook."""
    result: Result
    at: datetime
    code: str | None
    reference: str | None

    @property
    def names_an_address(self) -> bool:
        """Whether its code or reference looks like an address: what is recorded stays for ever."""
        return any("@" in text for text in (self.code, self.reference) if text)


@dataclass(eq=False)
class NotInAudience(LedgerError):
    """A report about somebody who did not have to be told, or cannot be."""

    run: Position
    rows: tuple[int, ...]
    """Which rows of the report, counted from 1."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"Run {self.run} has no such recipients as these rows of the report name: {_named(self.rows)}. Nothing of it was recorded."


@dataclass(eq=False)
class CodeNamesSomebody(LedgerError):
    """A code or a reference that looks like an address: what is recorded stays for ever."""

    rows: tuple[int, ...]
    """Which rows of the report, counted from 1."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The code or the reference of these rows looks like an address: {_named(self.rows)}. Report the server's code alone."


def _named(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:_SHOWN_MAX])) + (" and more" if len(rows) > _SHOWN_MAX else "")


def attempts_of(connection: Connection, run: Position, channel: str, reports: Sequence[Report]) -> Sequence[Attempt]:
    """Return reports as attempts, by the recipients' numbers.

    Raises:
        NotInAudience: some name nobody who is a recipient.
        CodeNamesSomebody: a code or a reference looks like an address.
    """
    if naming := tuple(row for row, report in enumerate(reports, start=1) if report.names_an_address):
        raise CodeNamesSomebody(naming)
    found = recipients_of(connection, run_at(connection, run), reports)
    if unknown := tuple(row for row, number in enumerate(found, start=1) if number is None):
        raise NotInAudience(run, unknown)
    return [
        Attempt(number, report.result, report.at, channel, report.code, report.reference)
        for number, report in zip(found, reports, strict=True)
        if number is not None
    ]


def recipients_of(connection: Connection, run: RunRow | None, reports: Sequence[Report]) -> Sequence[int | None]:
    """Return the recipient's number of each report; none where a run has no such recipient."""
    if run is None:
        return [None] * len(reports)
    numbers = _numbers(connection, run.run, [report.person for report in reports if report.person])
    found = (report.recipient or numbers.get(report.person or "", 0) for report in reports)
    return [number if 1 <= number <= run.recipients or not run.complete else None for number in found]


def _numbers(connection: Connection, run: Position, ids: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for first in range(0, len(ids), _TOGETHER):
        asked = ids[first : first + _TOGETHER]
        members = select(MEMBERS.c.id, MEMBERS.c.member).where(MEMBERS.c.run == run, MEMBERS.c.id.in_(asked), MEMBERS.c.member > 0)
        found |= dict(iter(connection.execute(members)))
    return found
