"""Deliveries that others made, and report: by a recipient's number, or by who it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from api.notices.attempts import Attempt
from domain.errors import LedgerError, shown
from domain.events import Position
from domain.notices.events import Result
from projections.notices.tables import MEMBERS

_TOGETHER = 500
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


@dataclass(eq=False)
class NotInAudience(LedgerError):
    """A report about somebody who did not have to be told."""

    run: Position
    rows: tuple[int, ...]
    """Which rows of the report, counted from 1."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        named = ", ".join(map(str, self.rows[:20])) + (" and more" if len(self.rows) > 20 else "")  # noqa: PLR2004  # enough to find them
        return f"The audience of run {self.run} does not hold whom these rows of the report name: {named}. Nothing of it was recorded."


@dataclass(eq=False)
class CodeNamesSomebody(LedgerError):
    """A code or a reference that looks like an address: what is recorded stays for ever."""

    text: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The code or reference {shown(self.text.rpartition('@')[2])} looks like an address. Report the server's code alone."


def attempts_of(connection: Connection, run: Position, channel: str, reports: Sequence[Report]) -> Sequence[Attempt]:
    """Return reports as attempts, by the recipients' numbers.

    Raises:
        NotInAudience: some name nobody who had to be told.
        CodeNamesSomebody: a code or a reference looks like an address.
    """
    for report in reports:
        for text in (report.code, report.reference):
            if text and "@" in text:
                raise CodeNamesSomebody(text)
    numbers = _numbers(connection, run, [report.person for report in reports if report.person])
    found = [report.recipient or numbers.get(report.person or "") for report in reports]
    unknown = tuple(row for row, number in enumerate(found, start=1) if number is None)
    if unknown:
        raise NotInAudience(run, unknown)
    return [
        Attempt(number, report.result, report.at, channel, report.code, report.reference)
        for number, report in zip(found, reports, strict=True)
        if number is not None
    ]


def _numbers(connection: Connection, run: Position, ids: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for first in range(0, len(ids), _TOGETHER):
        asked = ids[first : first + _TOGETHER]
        rows: Iterable[tuple[str, int]] = connection.execute(
            select(MEMBERS.c.id, MEMBERS.c.member).where(MEMBERS.c.run == run, MEMBERS.c.id.in_(asked), MEMBERS.c.member > 0)
        ).tuples()
        found.update(rows)
    return found
