"""The command that imports published pages."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.options import Actor, AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.exit_codes import ExitCode
from api.importers.job import Defaults, Importer, dated_files
from api.importers.naming import parse_alias
from api.importers.page import PageReport, RowReport, RowStatus
from api.importers.readers.document import Document, Format, open_document, read_pipe
from api.importers.session import Progress
from api.opening import for_recording, for_rehearsal
from api.words import change_words

_SHOWN_MAX = 40
"""Appended rows that a report tells one by one; `--json` tells them all."""


def import_pages(  # one option a thing that a document may not say itself
    documents: Annotated[list[str] | None, typer.Argument(metavar="FILE...|FOLDER|-", help="Markdown, CSV or JSON lines.")] = None,
    catalog: Annotated[str | None, typer.Option(help="The catalog that the rows are about.")] = None,
    source: Annotated[str | None, typer.Option(help="The name by which the ledger tells sources apart.")] = None,
    seen_on: Annotated[str | None, typer.Option(help="The day of the reading; a file named by its day needs none.")] = None,
    address: Annotated[str | None, typer.Option(help="Where the page was published.")] = None,
    form: Annotated[Format | None, typer.Option("--format", help="Where the file's ending does not tell.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="What a header means: 'End of life=retired', 'Owner=ignore'.")] = None,
    skip_table: Annotated[list[str] | None, typer.Option(help="The heading of a table to leave out.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Which model a published name means: 'GPT 4 Turbo=gpt-4-turbo'.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Import the packaged sample, into a demo ledger only.")] = False,  # noqa: FBT002
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be recorded, and write nothing.")] = False,  # noqa: FBT002
    database: Database = None,
    actor: Actor = None,
    *,
    notify: Annotated[bool, typer.Option("--notify", help="Tell people even of what was published on an earlier day.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import published tables: each row is appended, unchanged, or reported with its line and the reason."""
    if not documents and not sample:
        raise typer.BadParameter("name a file, a folder of files named by day, or - for standard input")
    defaults = Defaults(
        catalog=catalog,
        source=source,
        address=address,
        seen_on=seen_on,
        form=form,
        columns=dict(_mapping(text) for text in column or ()),
        skip_tables=tuple(skip_table or ()),
        aliases=dict(parse_alias(text) for text in alias or ()),
        notify=notify or None,
    )
    opening = for_rehearsal if dry_run else for_recording
    reports: list[PageReport] = []
    try:
        with opening(database, actor) as opened, _progress() as progress:
            for report in _pages(Importer(opened.ledger, defaults, progress), documents or [], defaults, sample=sample):
                reports.append(report)  # noqa: PERF402  # what was done before an error is told too
    finally:
        if reports:
            _tell(reports, dry_run=dry_run, as_json=as_json)
    if any(report.unreadable for report in reports):
        raise typer.Exit(ExitCode.FINDING)


def _pages(importer: Importer, documents: Sequence[str], defaults: Defaults, *, sample: bool) -> Iterator[PageReport]:
    if not sample:
        yield from _import(importer, documents, defaults)
        return
    from api.sample import refuse_mixing, sample_document  # noqa: PLC0415

    refuse_mixing(importer.ledger)
    yield from importer.document(sample_document(), defaults)


def _import(importer: Importer, documents: Sequence[str], defaults: Defaults) -> Iterator[PageReport]:
    if "-" in documents:
        yield from importer.document(open_document(read_pipe(sys.stdin.buffer), name="-", form=defaults.form), defaults)
    for file in dated_files([Path(name) for name in documents if name != "-"], defaults.seen_on):
        yield from importer.file(file)


def _mapping(text: str) -> tuple[str, str]:
    header, equals, meaning = text.rpartition("=")
    if not equals:
        raise typer.BadParameter(f"--column {text!r} is not of the form 'Header=meaning', like 'End of life=retired'")
    return header.strip(), meaning.strip()


@contextmanager
def _progress() -> Iterator[Callable[[Document], Progress]]:
    """Show a bar for each document on a terminal; elsewhere, nothing."""
    if not sys.stderr.isatty():
        yield lambda _: lambda _: None
        return
    # 80 ms that only a person's import pays.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("lines"), TimeRemainingColumn())
    with Bars(*shown, console=Console(stderr=True), transient=True) as bars:

        def begin(document: Document) -> Progress:
            task = bars.add_task(Path(document.name).name, total=document.lines)
            return lambda line: bars.update(task, completed=line)

        yield begin


def _tell(reports: Sequence[PageReport], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": dry_run, "pages": [_page_json(report) for report in reports]})
        return
    for report in reports:
        print_lines(_page_lines(report))
    total = Counter({s: sum(getattr(r, s) for r in reports) for s in ("appended", "unchanged", "unreadable")})
    verb = "would be appended (dry run: nothing was written)" if dry_run else "appended"
    say(f"{len(reports)} pages: {total['appended']} rows {verb}, {total['unchanged']} unchanged, {total['unreadable']} not readable.")


def _page_lines(report: PageReport) -> Iterable[str]:
    page = report.page
    if report.read_before:
        yield f"{page.file}: {page.catalog}, {page.source}, seen on {page.seen_on}: read before"
        return
    skipped = f", {len(report.skipped)} tables skipped" if report.skipped else ""
    yield (
        f"{page.file}: {page.catalog}, {page.source}, seen on {page.seen_on}: "
        f"{report.appended} appended, {report.unchanged} unchanged, {report.unreadable} not readable{skipped}"
    )
    told = [row for row in report.rows if _worth_telling(row)]
    yield from (f"  {line}" for row in told[:_SHOWN_MAX] for line in _row_lines(row))
    if len(told) > _SHOWN_MAX:
        yield f"  ... and {len(told) - _SHOWN_MAX} more (all with --json)"
    yield from (
        f"  line {table.line}: table {table.title!r} is about something else: {table.rows} rows skipped" for table in report.skipped
    )
    yield from (f"  vanished: {row} (no withdrawal)" for row in report.vanished if row not in report.split_dropped)
    yield from (f"  back again: {row}" for row in report.returned)
    yield from (f"  no difference is made any longer for: {row}" for row in report.split_dropped)
    yield from (f"  notification run {run} is open" for run in report.runs)
    yield from (f"  {count} rows with finding {code}" for code, count in sorted(report.breaches.items()))


def _worth_telling(row: RowReport) -> bool:
    return row.status is RowStatus.UNREADABLE or bool(row.remarks) or any(change.code != "new" for change in row.changes)


def _row_lines(row: RowReport) -> Iterable[str]:
    if row.status is RowStatus.UNREADABLE:
        yield f"line {row.line}: NOT READ: {row.reason}"
        return
    changed = [change_words(change) for change in row.changes if change.code != "new"]
    if changed:
        yield f"line {row.line}: {row.subject}: {'; '.join(changed)}"
    yield from (f"line {row.line}: {row.subject}: {remark}" for remark in row.remarks)


def _page_json(report: PageReport) -> wire.JSON:
    page = report.page
    return {
        "file": page.file,
        "catalog": page.catalog,
        "source": page.source,
        "seen_on": page.seen_on,
        "sha256": page.sha256,
        "observed": report.observed,
        "read_before": report.read_before,
        "appended": report.appended,
        "unchanged": report.unchanged,
        "unreadable": report.unreadable,
        "rows": [_row_json(row) for row in report.rows],
        "skipped_tables": [{"line": table.line, "title": table.title, "rows": table.rows} for table in report.skipped],
        "vanished": list(report.vanished),
        "returned": list(report.returned),
        "split_dropped": list(report.split_dropped),
        "policy_findings": dict(report.breaches),
        "runs": list(report.runs),
    }


def _row_json(row: RowReport) -> wire.JSON:
    return {
        "line": row.line,
        "status": row.status,
        "subject": row.subject,
        "position": row.position,
        "changes": wire.changes(row.changes),
        "reason": row.reason,
        "remarks": list(row.remarks),
    }
