"""Commands about the ledger's file itself."""

from base64 import b64encode
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.cli.progress import counting
from api.opening import NoLedger, ledger_path
from api.settings import server_address
from domain.clock import system_clock

app = typer.Typer(name="db", help="The ledger's file.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def db() -> None:
    """The ledger's file."""


@app.command()
def upgrade(database: Database = None, *, as_json: AsJson = False) -> None:
    """Bring a ledger that an earlier version wrote to the tables of this one, and prepare a database on a server. No entry is changed."""
    if server := server_address(database):
        from domain.store.postgres.schema import upgrade as prepared  # noqa: PLC0415  # the driver, which no other ledger needs

        name = urlsplit(server)._replace(netloc=urlsplit(server).hostname or "", query="").geturl()
        before, after = prepared(server)
    else:
        name, before, after = _upgraded(ledger_path(database))
    if as_json:
        print_json({"database": name, "from": before, "to": after})
    elif before == after:
        print_lines([f"{name} has schema version {after}: nothing to do"])
    elif before:
        print_lines([f"{name}: schema version {before} is now {after}"])
    else:
        print_lines([f"{name} is a ledger now, of schema version {after}"])


@app.command()
def copy(
    source: Annotated[str, typer.Argument(help="The ledger: sqlite:///FILE or postgresql://...")],
    target: Annotated[str, typer.Argument(help="Where it goes, likewise: nothing yet, or the beginning of it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Copy a ledger entry by entry: the same positions, instants and bytes, and so the same roots. Stopped half-way, it goes on.

    A database on a server is prepared first, with lifecycle db upgrade. What is known of people, and the keys, are copied too, unless
    something stands in their place. The copy delivers no notices until you run lifecycle notices resume.
    """
    from api.backup.moving import move  # noqa: PLC0415  # only here

    with counting("copy") as progress:
        moved = move(source, target, system_clock, progress)
    before, after = moved.log.before, moved.log.after
    entries_root, commands_root = (b64encode(root).decode() for root in moved.log.roots)
    if as_json:
        held = {name: {"before": earlier, "now": now} for name, earlier, now in zip(after._fields, before, after, strict=True)}
        files = {"copied": list(map(str, moved.files)), "left": list(map(str, moved.left))}
        roots = {"root": entries_root, "commands_root": commands_root}
        print_json({"source": moved.source, "target": moved.target, **held, **roots, "beside": files})
        return
    counts = f"{after.entries} entries ({after.entries - before.entries} new), {after.commands} commands, {after.checkpoints} checkpoints"
    print_lines([f"{moved.target}: {counts}, root {entries_root}, as in {moved.source}"])
    for file in moved.left:
        say(f"{file} stood there already, is another one, and was left as it was.")
    if before == (0, 0, 0, 0):
        say("Delivering is off there until you run lifecycle notices resume; end it here first.")


def _upgraded(path: Path) -> tuple[str, int, int]:
    from domain.store.sqlite_upgrade import upgrade as upgraded  # noqa: PLC0415  # only here

    if not path.exists():
        raise NoLedger(path)
    with counting("upgrade") as progress:
        return (str(path), *upgraded(path, progress))
