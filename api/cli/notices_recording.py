"""Commands that record what became of notices: what others report, and the end of a run."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.notices_options import RunArgument
from api.cli.options import Actor, AsJson, Database
from api.cli.printing import print_json, print_lines
from api.cli.recording import CommandKey
from api.exit_codes import ExitCode
from api.opening import for_recording
from domain.notices.commands import CloseRun

_CHANNEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def record_file(
    run: RunArgument,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="CSV or JSON lines: recipient or person, result, at, code, reference. - reads standard input."),
    ],
    channel: Annotated[str, typer.Option("--channel", help="By what way it was sent.")] = "provider-mail",
    reported_by: Annotated[str, typer.Option("--reported-by", help="Who says so: a name for it, no address.")] = "provider",
    database: Database = None,
    actor: Actor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record deliveries that were made by other means, and what bounced. A person is an opaque id, a directory id or an address.

    The result is accepted, transient, permanent or bounced; once the run is closed, only bounces are taken.
    """
    from api.notices.recording import Told, identified, record_report  # noqa: PLC0415  # 200 ms that only those who report pay
    from api.notices.report_files import read_report  # noqa: PLC0415
    from api.opening_people import people_of  # noqa: PLC0415
    from api.opening_views import views_of  # noqa: PLC0415

    if not _CHANNEL.fullmatch(channel):
        raise typer.BadParameter("--channel is a word of lower-case letters, digits, dots and dashes")
    if "@" in reported_by or not reported_by.strip():
        raise typer.BadParameter("--reported-by is a name for who says so, and no address: it stays for ever")
    with ExitStack() as held:
        opened = held.enter_context(for_recording(database, actor))
        views = held.enter_context(views_of(opened))
        people = held.enter_context(people_of(opened))
        rows = identified(people, read_report(sys.stdin.buffer.read() if file == "-" else Path(file)))
        done = record_report(opened.ledger, views, run, Told(channel, reported_by), rows)
    if as_json:
        left = [{"line": row.line, "reason": row.reason} for row in done.not_taken]
        print_json({"run": run, "taken": done.taken, "known": done.known, "not_taken": left})
    else:
        print_lines([f"{done.taken} taken, {done.known} known before, {len(done.not_taken)} not taken"])
        print_lines(f"  {file}, line {row.line}: NOT TAKEN: {row.reason}" for row in done.not_taken)
    if done.not_taken:
        raise typer.Exit(ExitCode.FINDING)


def close(
    run: RunArgument, database: Database = None, actor: Actor = None, command_key: CommandKey = None, *, as_json: AsJson = False
) -> None:
    """Close a run in which everybody is accounted for: expected = accepted + failed + excluded."""
    from api.notices.opened import opened_run  # noqa: PLC0415

    with for_recording(database, actor) as opened:
        command = CloseRun(key=opened_run(opened.ledger, run).key, run=run)
        receipt = opened.ledger.execute(command, key=command_key)
        position = opened.ledger.store.head().position
    if as_json:
        print_json(wire.receipt(receipt, position))
    else:
        print_lines([f"closed, recorded as #{receipt.position}" if receipt.position else "it is closed already"])
