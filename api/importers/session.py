"""A page import: rows go in by batches, then what only the whole page can tell, then the reading itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from api.importers.naming import Names
from api.importers.page import PageInfo, PageOvertaken, PageReport, PageWithoutRows, RowReport, RowStatus, Skipped
from api.importers.readers.reading import Found, PublishedRow, SkippedTable, UnreadableRow
from api.words import subject
from domain import refusals
from domain.commands import DropSplit, Notify, ObservePage, RecordPage, Transcribe
from domain.dates import FirmDate
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.receipts import RowReceipt
from domain.recorded import Recorded
from domain.rules.policy import policy_in_force, short_windows
from domain.stages import PLANNED_STAGES
from domain.store.errors import StaleVersion
from domain.streams import policy_stream
from domain.values import Source
from projections.source_rows import Row, SourceRows

BATCH = 500
"""Rows that share a transaction."""

Progress = Callable[[int], None]
"""Told the line of the document that was reached."""


@dataclass
class PageImport:
    """One reading of one source on its way into the ledger. Broken off, it can be run again: what is recorded is unchanged then."""

    ledger: Ledger
    page: PageInfo
    names: Names
    known: SourceRows
    """What the source showed before; followed up to the ledger's head."""
    progress: Progress = lambda _: None
    notify: Notify = None
    """Tell people even of what was published on an earlier day."""
    columns_given: bool = False
    """Somebody said what columns mean, so that a page may say something else than when it was read before."""
    report: PageReport = field(init=False)
    _seen: dict[str, int] = field(default_factory=dict, init=False)
    """Each row's subject and scope, with a digest of what it says."""
    _contradicted: set[str] = field(default_factory=set, init=False)
    """Rows that the page has more than once, saying different things."""
    _settled: list[Transcribe] = field(default_factory=list, init=False)
    """Unchanged rows that another row contradicted at the last reading."""
    _wider: list[Row] = field(default_factory=list, init=False)
    """Rows that the last reading did not show, of models for which the source made differences."""

    def __post_init__(self) -> None:
        self.report = PageReport(self.page)
        self._split_before = {row.key for row in self.known.present.values() if row.scope}
        self._policies: Sequence[Recorded] = self.ledger.store.history(policy_stream(self.page.catalog))
        self._breaches: dict[str, int] = {}

    def run(self, reading: Callable[[], Iterable[Found]]) -> PageReport:
        """Record the page. `reading` gives its rows, again if it is called again.

        Raises:
            PageOlder: a newer reading of the source is recorded.
            AnnouncedInFuture: the page claims to be from the future.
        """
        if self._read_before():
            self.report.read_before = True
            return self.report
        self._refuse_older_or_future()
        for batch in _batched(self._commands(reading())):
            self._record(batch)
        self._record_again(command for command in self._settled if _name(command) not in self._contradicted)
        if self._contradicted:
            self._record_again(c for c in self._quietly(reading()) if _name(c) in self._contradicted)
        if not self.report.total and not self.report.skipped:
            raise PageWithoutRows(self.page.file)
        self._observe()
        self.report.breaches = self._breaches
        return self.report

    def _read_before(self) -> bool:
        newest = self.known.newest
        if newest is None or self.page.seen_on >= newest.seen_on or self.names.aliases or self.columns_given:
            return False
        this = self.page.seen_on, self.page.sha256
        return any((reading.seen_on, reading.sha256) == this for reading in self.known.readings)

    def _refuse_older_or_future(self) -> None:
        announced_at, now = parse_instant(self.page.seen_on), self.ledger.now()
        if announced_at > now:
            raise refusals.AnnouncedInFuture(announced_at, now)
        if self.known.newest and self.page.seen_on < self.known.newest.seen_on:
            raise refusals.PageOlder(self.page.source, self.page.seen_on, self.known.newest.seen_on)

    def _commands(self, reading: Iterable[Found]) -> Iterator[tuple[PublishedRow, Transcribe]]:
        for found in reading:
            self.progress(found.line)
            if isinstance(found, SkippedTable):
                self.report.skipped.append(Skipped(self.page.file, found.line, found.title, found.rows))
            elif isinstance(found, UnreadableRow):
                self._cannot_read(found.line, found.reason)
            else:
                command = self._command(found)
                if isinstance(command, LedgerError):
                    self._cannot_read(found.line, command.sentence)
                else:
                    self._remember(command)
                    yield found, command

    def _quietly(self, reading: Iterable[Found]) -> Iterator[Transcribe]:
        commands = (self._command(found) for found in reading if isinstance(found, PublishedRow))
        return (command for command in commands if isinstance(command, Transcribe))

    def _command(self, row: PublishedRow) -> Transcribe | LedgerError:
        try:
            return Transcribe(
                key=self.names.key_of(row),
                name=row.name,
                provider=row.provider,
                scope=row.scope,
                legacy=row.legacy,
                deprecated=row.deprecated,
                retired=row.retired,
                label=row.label,
                replacements=None if row.replacements is None else tuple(map(self.names.replacement, row.replacements)),
                notes=row.notes,
                announced_at=parse_instant(self.page.seen_on),
                source=Source(address=self.page.address, document=self.page.sha256, name=self.page.source, raw=row.raw, row=row.line),
                aliased=self.names.is_alias(row.name),
            )
        except LedgerError as error:
            return error

    def _remember(self, command: Transcribe) -> None:
        name, content = _name(command), _digest(command)
        if self._seen.setdefault(name, content) != content:
            self._contradicted.add(name)
        if command.key in self._split_before and name not in self.known.present:
            self._wider.append(Row(command.key, command.scope))

    def _record(self, batch: Sequence[tuple[PublishedRow, Transcribe]]) -> None:
        receipt = self.ledger.execute(RecordPage(rows=tuple(command for _, command in batch), notify=self.notify))
        self.report.runs += receipt.runs
        for (row, command), found in zip(batch, receipt.rows, strict=True):
            self._take(command, found, row.remarks)
            if found.disputed and found.position is None:
                self._settled.append(command)

    def _record_again(self, commands: Iterable[Transcribe]) -> None:
        rows = tuple(replace(command, again=_name(command) not in self._contradicted) for command in commands)
        if not rows:
            return
        receipt = self.ledger.execute(RecordPage(rows=rows, notify=self.notify))
        self.report.runs += receipt.runs
        for command, found in zip(rows, receipt.rows, strict=True):
            if found.position is not None:
                self.report.unchanged -= 1
                self._take(command, found, ())

    def _take(self, command: Transcribe, found: RowReceipt, remarks: tuple[str, ...]) -> None:
        line = command.source.row or 0
        if found.refused:
            self._cannot_read(line, found.refused)
            return
        changed = found.position is not None
        status = RowStatus.APPENDED if changed else RowStatus.UNCHANGED
        if changed:
            self._count_breaches(command)
        told = subject(command.key, command.scope)
        self.report.take(RowReport(self.page.file, line, status, told, found.position, found.changes, remarks=remarks))

    def _cannot_read(self, line: int, reason: str) -> None:
        self.report.take(RowReport(self.page.file, line, RowStatus.UNREADABLE, None, reason=reason))

    def _count_breaches(self, command: Transcribe) -> None:
        policy = policy_in_force(self._policies, command.announced_at, command.announced_at)
        if policy is None:
            return
        dates = zip(PLANNED_STAGES, (command.legacy, command.deprecated, command.retired), strict=True)
        for window in short_windows({stage: date.at for stage, date in dates if isinstance(date, FirmDate)}, policy):
            code = f"{window.stage}_window_short"
            self._breaches[code] = self._breaches.get(code, 0) + 1

    def _observe(self) -> None:
        # What could not be read may be any of the rows that are missing: nothing is said of those until a reading is whole.
        missing = {} if self.report.unreadable else {name: row for name, row in self.known.present.items() if name not in self._seen}
        dropped = [row for row in missing.values() if self._covered(row)]
        observation = ObservePage(
            catalog=self.page.catalog,
            name=self.page.source,
            address=self.page.address,
            seen_on=self.page.seen_on,
            sha256=self.page.sha256,
            rows=self.report.total,
            vanished=tuple(sorted(missing)),
            returned=tuple(sorted(name for name in self.known.gone if name in self._seen)),
        )
        try:
            receipt = self.ledger.execute(
                RecordPage(dropped=tuple(map(self._drop, dropped)), observation=observation, notify=self.notify),
                expected_version=self.known.version,
            )
        except StaleVersion:
            raise PageOvertaken(self.page.file, self.page.source) from None
        self.report.observed, self.report.vanished, self.report.returned = receipt.observed, observation.vanished, observation.returned
        self.report.split_dropped = tuple(sorted(map(str, dropped)))

    def _covered(self, row: Row) -> bool:
        return any(wide.key == row.key and wide.scope != row.scope and wide.scope.holds_for(row.scope) for wide in self._wider)

    def _drop(self, row: Row) -> DropSplit:
        return DropSplit(key=row.key, scope=row.scope, source=self.page.source, announced_at=parse_instant(self.page.seen_on))


def _name(command: Transcribe) -> str:
    return str(Row(command.key, command.scope))


def _digest(command: Transcribe) -> int:
    dates = (command.legacy, command.deprecated, command.retired)
    meant = tuple(None if date is None else (date.kind, date.value) for date in dates)
    return hash((meant, command.label, command.replacements, command.notes))


def _batched(rows: Iterator[tuple[PublishedRow, Transcribe]]) -> Iterator[Sequence[tuple[PublishedRow, Transcribe]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
