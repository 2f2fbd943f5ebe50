"""The commands that copy a ledger out, and put a copy back."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.cli.progress import counting
from api.exit_codes import ExitCode
from api.opening import NoLedger, ledger_path
from domain.clock import system_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.backup.exporting import Exported

STANDARD = "-"


def export(
    file: Annotated[str, typer.Argument(help="Where to write; compressed where the name ends in .gz; - is standard output.")],
    database: Database = None,
    *,
    with_people: Annotated[
        bool, typer.Option("--with-people", help="Copy what is known of people too: sealed, and useless without its key.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do copy people: personal data that erasing them here no longer reaches.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the ledger as of one moment, while others write: every entry and command byte for byte, the checkpoints and their timestamps."""
    from api.backup import exporting  # noqa: PLC0415  # only here

    path = ledger_path(database)
    if not path.exists():
        raise NoLedger(path)
    if with_people and not yes:
        say("The copy would hold names and addresses, sealed: whoever is erased here later stays in it. Say --yes to make it.")
        raise typer.Exit(ExitCode.USAGE)
    with counting("export") as progress:
        if file == STANDARD:
            with _standard_output() as out:
                found = exporting.export(out.write, path, with_people=with_people, progress=progress)
        else:
            found = exporting.export_to(Path(file), path, with_people=with_people, progress=progress)
    _tell_exported(file, path, found, with_people=with_people, as_json=as_json)


def _tell_exported(file: str, ledger: Path, found: "Exported", *, with_people: bool, as_json: bool) -> None:
    if file != STANDARD:
        if as_json:
            counts = {"commands": found.commands, "checkpoints": found.checkpoints, "timestamps": found.timestamps, "people": found.people}
            print_json({"file": file, "position": found.position, "root": found.root, **counts})
        else:
            print_lines(
                [f"{file}: {found.position} entries, {found.commands} commands, {found.checkpoints} checkpoints, root {found.root}"]
            )
    keys = f"the signing key, the key of {ledger.stem}.people{ledger.suffix}"
    people = "" if with_people else f"what is known of people ({ledger.stem}.people{ledger.suffix}), "
    say(f"Not in it: {people}{keys}, access keys and the outbox. Keep copies of the keys elsewhere.")


def restore(
    file: Annotated[str, typer.Argument(help="An export, compressed or not; - is standard input.")],
    database: Database = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Fill an empty ledger, made where there is none, from an export. It tells nobody anything until you run lifecycle notices resume."""
    from api.backup.restoring import restore as restored  # noqa: PLC0415  # only here

    path = ledger_path(database)
    with _source(file) as source, counting("restore") as progress:
        found = restored(source, file, path, system_clock, progress)
    if as_json:
        counts = {"checkpoints": found.checkpoints, "people": found.people}
        print_json({"database": str(path), "position": found.position, "origin": found.origin, "root": found.root, **counts})
    else:
        print_lines([f"{path}: {found.position} entries, {found.checkpoints} checkpoints, root {found.root}"])
    say(
        "Put its keys back beside it before it is used, and check it: lifecycle verify --against a checkpoint that was kept elsewhere. "
        "Delivering is off until you run lifecycle notices resume."
    )


@contextmanager
def _source(file: str) -> "Iterator[IO[bytes]]":
    from api.backup.errors import ExportUnreadable  # noqa: PLC0415

    if file == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115  # its own errors are told, and not those of the block
    except OSError as error:
        raise ExportUnreadable(file, error.strerror or type(error).__name__) from error
    with opened:
        yield opened


@contextmanager
def _standard_output() -> "Iterator[IO[bytes]]":
    from api.backup.errors import ExportUnwritable  # noqa: PLC0415

    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is left in its buffer would make the interpreter complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ExportUnwritable("standard output", error.strerror or type(error).__name__) from error
