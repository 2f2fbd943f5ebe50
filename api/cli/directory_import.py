"""The command that imports listings of roles and deployments."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.directory_options import SourceName
from api.cli.options import Actor, AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.exit_codes import ExitCode
from api.opening import for_recording, for_rehearsal
from domain.instants import parse_instant

if TYPE_CHECKING:
    from api.directory.importing import DirectoryReport


def import_listings(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON as the cloud's command line prints it, or CSV.")],
    subscription: Annotated[
        list[str] | None,
        typer.Option(help="What was listed: inherited roles do not name their subscription. Several: for empty ones."),
    ] = None,
    groups: Annotated[
        list[str] | None, typer.Option(metavar="FILE|GROUP=FILE", help="Who is in which group: CSV or JSON, or the members of one group.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="roles or deployments: an empty listing does not say what it lists.")] = None,
    source: SourceName = "directory listing",
    seen_at: Annotated[str | None, typer.Option(help="When it was listed. Default: now.")] = None,
    database: Database = None,
    actor: Actor = None,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="It is the whole directory: what it does not name is gone.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Believe it even where more than half of what was there is gone.")] = False,
    no_notices: Annotated[bool, typer.Option("--no-notices", help="Those who join by it are told otherwise.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be recorded, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import listings of roles and deployments: what changed since the last ones is recorded.

    Give all listings of a subscription at once: what stands in none of them is gone.
    """
    from api.cli.directory_files import gather  # noqa: PLC0415  # 100 ms that only those who import pay
    from api.directory.importing import DirectoryImport, Terms  # noqa: PLC0415
    from api.opening_people import people_of  # noqa: PLC0415

    found = gather(files, subscription or (), groups or (), kind)
    at = parse_instant(seen_at) if seen_at is not None else None
    with ExitStack() as held:
        opened = held.enter_context((for_rehearsal if dry_run else for_recording)(database, actor))
        people = held.enter_context(people_of(opened, rehearsed=dry_run))
        report = DirectoryImport(opened.ledger, people, Terms(source, at, whole, force, no_notices)).run(found)
    if as_json:
        print_json({**asdict(report), "dry_run": dry_run})
    else:
        _tell(report, dry_run=dry_run)
    if report.unreadable or report.refused:
        raise typer.Exit(ExitCode.FINDING)


def _tell(report: "DirectoryReport", *, dry_run: bool) -> None:
    print_lines(
        [
            f"{report.subscriptions} subscriptions: {report.assigned} roles assigned, {report.revoked} revoked, "
            f"{report.created} deployments created, {report.deleted} deleted" + (" (dry run: nothing was written)" if dry_run else "")
        ]
    )
    print_lines(f"  {remark.file}, line {remark.line}: NOT READ: {remark.reason}" for remark in report.unreadable)
    print_lines(f"  refused: {sentence}" for sentence in report.refused)
    if report.skipped:
        say(f"{len(report.skipped)} rows are not for us (all with --json), like line {report.skipped[0].line}: {report.skipped[0].reason}")
    if report.kept:
        say("Nothing was taken away: what is missing may be in the rows that could not be read.")
    for run in report.runs:
        say(f"Notification run {run} is open for those who joined.")
