"""Recording what somebody else reports of a run: each row ends as taken, as known before, or with the reason why not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from api.directory.contacts import batched
from api.notices.attempts import Attempt, commands
from api.notices.opened import opened_run
from api.notices.report_files import NotTaken, Reported, by_id
from api.notices.reporting import Report, recipients_of
from domain.events import Position
from domain.ledger import Ledger
from domain.notices.decisions import CLOCKS_DIFFER
from domain.notices.events import Result
from domain.notices.refusals import AudienceOpen, NoSuchRun
from domain.people.errors import AddressShared
from domain.people.registry import People
from projections.notices.runs import RunRow, run_at
from projections.notices.tables import OUTCOMES
from projections.tables.columns import instant_text
from projections.tables.views import Views

OUTCOMES_TOGETHER = 1000
"""Outcomes that are recorded by one entry."""

_Content = tuple[int, str, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """By which channel it was sent, and who says so."""

    channel: str
    by: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What became of the rows."""

    taken: int
    known: int
    """Rows that were recorded before, word for word: a file can be given again when it has grown."""
    not_taken: Sequence[NotTaken]
    """In the order of their lines."""


def identified(people: People, rows: Iterable[Reported | NotTaken]) -> Iterator[Reported | NotTaken]:
    """Put opaque ids in the place of directory ids and addresses.

    Raises:
        PeopleFault: the people's file cannot be read.
    """
    for row in rows:
        person = row.report.person if isinstance(row, Reported) else None
        if person is None or isinstance(row, NotTaken):
            yield row
            continue
        try:
            found = people.find(person)
        except AddressShared:
            yield NotTaken(row.line, "several people have the address that it names; name the person by an id")
        else:
            yield by_id(row, found) if found else row


def record_report(ledger: Ledger, views: Views, run: Position, told: Told, rows: Iterable[Reported | NotTaken]) -> Recording:
    """Record what rows say of a run, whose people are named by numbers or opaque ids.

    Raises:
        NoSuchRun: there is no such run.
        AudienceOpen: who has to be told is not recorded completely yet.
        LedgerError: the ledger or the views cannot be read or written.
    """
    key = opened_run(ledger, run).key
    with views.reading() as connection:
        of = _complete(connection, run)
        judged = list(_judged(connection, of, told.channel, rows, ledger.now()))
        known = _known(connection, run, told)
    attempts = [one for one in judged if isinstance(one, Attempt)]
    new = {content: attempt for attempt in attempts if (content := _content(attempt)) not in known}
    for chunk in batched(sorted(new.values(), key=lambda attempt: attempt.at), OUTCOMES_TOGETHER):
        for command in commands(key, run, chunk, told.by):
            ledger.execute(command)
    not_taken = sorted((one for one in judged if isinstance(one, NotTaken)), key=lambda each: each.line)
    return Recording(len(new), len(attempts) - len(new), not_taken)


def _complete(connection: Connection, run: Position) -> RunRow:
    found = run_at(connection, run)
    if found is None:
        raise NoSuchRun(run)
    if not found.complete:
        raise AudienceOpen(run)
    return found


def _judged(
    connection: Connection, run: RunRow, channel: str, rows: Iterable[Reported | NotTaken], now: datetime
) -> Iterator[Attempt | NotTaken]:
    for batch in batched(rows, OUTCOMES_TOGETHER):
        yield from (row for row in batch if isinstance(row, NotTaken))
        readable = [row for row in batch if isinstance(row, Reported)]
        for row, number in zip(readable, recipients_of(connection, run, [row.report for row in readable]), strict=True):
            yield _attempt(row, number, channel) if number and not _why_not(run, row.report, now) else _refused(run, row, now)


def _attempt(row: Reported, number: int, channel: str) -> Attempt:
    return Attempt(number, row.report.result, row.report.at, channel, row.report.code, row.report.reference)


def _refused(run: RunRow, row: Reported, now: datetime) -> NotTaken:
    return NotTaken(row.line, _why_not(run, row.report, now) or "the run has no such recipient")


def _why_not(run: RunRow, report: Report, now: datetime) -> str | None:
    if report.at > now + CLOCKS_DIFFER:
        return "its instant lies ahead of now"
    if run.closed and report.result is not Result.BOUNCED:
        return "the run is closed; only bounces can be recorded still"
    return None


def _known(connection: Connection, run: Position, told: Told) -> set[_Content]:
    """Return what was reported of a run before, by the same."""
    outcome = OUTCOMES.c
    found = select(outcome.recipient, outcome.result, outcome.at, outcome.code, outcome.reference).where(
        outcome.run == run, outcome.channel == told.channel, outcome.reported_by == told.by
    )
    return {(recipient, result, at, code, reference) for recipient, result, at, code, reference in connection.execute(found)}


def _content(attempt: Attempt) -> _Content:
    return attempt.recipient, attempt.result.value, instant_text(attempt.at), attempt.code, attempt.reference
