"""An import: documents, in the order of the days on which they were seen, each as one or more pages."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from api.importers.naming import Names
from api.importers.page import PageInfo, PageReport
from api.importers.readers.document import Document, Format, open_document
from api.importers.readers.read import read
from api.importers.readers.reading import Found, PublishedRow
from api.importers.session import PageImport, Progress
from domain.commands import Notify
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.names import readable_name
from domain.subjects import SubjectKey
from projections.source_rows import SourceRows

Rows = Callable[[], Iterable[Found]]
"""Gives a page's rows, again if it is called again."""

_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
HELD_BYTES_MAX = 5_000_000
"""Up to here a document's rows are held in memory; a larger one is read again for each of its pages."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is said about documents that do not say it themselves."""

    catalog: str | None = None
    source: str | None = None
    address: str | None = None
    seen_on: str | None = None
    form: Format | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    skip_tables: Collection[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    notify: Notify = None
    """Tell people even of what was published on an earlier day."""


@dataclass(eq=False)
class NotSaid(LedgerError):
    """An import that does not say where or when its document was read."""

    file: str
    option: str
    example: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.file} does not say it, so the command must: add {self.option} (like {self.option} {self.example})."


@dataclass(eq=False)
class NothingToImport(LedgerError):
    """A folder without a document whose name has a day in it."""

    folder: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The folder {self.folder} has no file named by the day on which it was seen, like 2024-11-22.md."


@dataclass(frozen=True, slots=True)
class DatedFile:
    """A document and the day on which it was seen; none where its rows say so themselves."""

    path: Path
    seen_on: str | None


def dated_files(paths: Sequence[Path], seen_on: str | None) -> Sequence[DatedFile]:
    """Find the documents that are meant: files, and the dated files of folders, in the order of their days.

    Raises:
        NothingToImport: a folder has no dated file.
    """
    found: list[DatedFile] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.is_file() and _day_in(file))
            if not inside:
                raise NothingToImport(str(path))
            found += [DatedFile(file, _day_in(file)) for file in inside]
        else:
            found.append(DatedFile(path, seen_on or _day_in(path)))
    return sorted(found, key=lambda file: file.seen_on or "")


def _day_in(path: Path) -> str | None:
    day = _DAY.search(path.name)
    return day[1] if day else None


class Importer:
    """Imports documents into a ledger, remembering between them what each source showed."""

    def __init__(self, ledger: Ledger, defaults: Defaults, progress: Callable[[Document], Progress] | None = None) -> None:
        self.ledger = ledger
        self.defaults = defaults
        self.progress = progress or (lambda _: lambda _: None)
        self._known: dict[tuple[str, str], SourceRows] = {}

    def file(self, file: DatedFile) -> Iterator[PageReport]:
        """Import one document.

        Raises:
            LedgerError: the document, a table of it, or what is said about it cannot be used; nothing of that page is recorded.
        """
        document = open_document(file.path, form=self.defaults.form)
        yield from self.document(document, replace(self.defaults, seen_on=file.seen_on))

    def document(self, document: Document, defaults: Defaults) -> Iterator[PageReport]:
        """Import a document that is open already, its pages in the order of their days."""
        pages, progress = self._pages(document, defaults), self.progress(document)
        for page in sorted(pages, key=lambda page: page.seen_on):
            yield self._page(page, pages[page], progress)

    def _pages(self, document: Document, defaults: Defaults) -> Mapping[PageInfo, Rows]:
        def again() -> Iterable[Found]:
            return read(document, columns=self.defaults.columns, skip_tables=self.defaults.skip_tables)

        if document.format is not Format.JSON_LINES:
            return {_page_info(document, defaults, None): again}
        held = _held(document, defaults, again()) if document.size <= HELD_BYTES_MAX else _found_again(document, defaults, again)
        return held or {_page_info(document, defaults, None): again}

    def _page(self, page: PageInfo, rows: Rows, progress: Progress) -> PageReport:
        known = self._known.setdefault((page.catalog, page.source), SourceRows(page.catalog, page.source))
        known.follow(self.ledger)
        names, columns_given = Names(page.catalog, self.defaults.aliases), bool(self.defaults.columns)
        return PageImport(self.ledger, page, names, known, progress, self.defaults.notify, columns_given).run(rows)


def _held(document: Document, defaults: Defaults, reading: Iterable[Found]) -> Mapping[PageInfo, Rows]:
    """Sort the rows by page; what belongs to no page is told with the page before it."""
    pages: dict[PageInfo, list[Found]] = {}
    loose: list[Found] = []
    last = loose
    for found in reading:
        if isinstance(found, PublishedRow):
            last = pages.setdefault(_page_info(document, defaults, found), loose if not pages else [])
        last.append(found)
    return {page: rows.copy for page, rows in pages.items()}


def _found_again(document: Document, defaults: Defaults, again: Rows) -> Mapping[PageInfo, Rows]:
    """Read the document once for its pages, and once more for each; what belongs to no page is told with the first."""
    pages = list({_page_info(document, defaults, row): None for row in again() if isinstance(row, PublishedRow)})

    def rows_of(page: PageInfo) -> Iterable[Found]:
        for found in again():
            if (_page_info(document, defaults, found) if isinstance(found, PublishedRow) else pages[0]) == page:
                yield found

    return {page: partial(rows_of, page) for page in pages}


def _page_info(document: Document, defaults: Defaults, row: PublishedRow | None) -> PageInfo:
    catalog = SubjectKey.parse(row.key).catalog if row and row.key else defaults.catalog
    source = (row.source if row else None) or defaults.source
    seen_on = (row.seen_on if row else None) or defaults.seen_on
    if catalog is None:
        raise NotSaid(document.name, "--catalog", "azure")
    if source is None:
        raise NotSaid(document.name, "--source", "azure-serverless-retirements")
    if seen_on is None:
        raise NotSaid(document.name, "--seen-on", "2024-11-22")
    SubjectKey.of(catalog, "any")
    return PageInfo(
        document.name,
        catalog,
        readable_name(source, "source"),
        (row.address if row else None) or defaults.address,
        _day(seen_on),
        document.sha256,
    )


def _day(text: str) -> str:
    """Check a day: it becomes the instant at which its rows were announced."""
    return parse_instant(text).date().isoformat()
