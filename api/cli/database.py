"""Commands about the ledger's file itself."""

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines
from api.cli.progress import counting
from api.opening import NoLedger, ledger_path

app = typer.Typer(name="db", help="The ledger's file.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def db() -> None:
    """The ledger's file."""


@app.command()
def upgrade(database: Database = None, *, as_json: AsJson = False) -> None:
    """Bring a ledger that an earlier version wrote to the tables of this one. Its entries stay as they are; copy the file before."""
    from domain.store.sqlite_upgrade import upgrade as upgraded  # noqa: PLC0415  # only here

    path = ledger_path(database)
    if not path.exists():
        raise NoLedger(path)
    with counting("upgrade") as progress:
        before, after = upgraded(path, progress)
    if as_json:
        print_json({"database": str(path), "from": before, "to": after})
    elif before == after:
        print_lines([f"{path} has schema version {after}: nothing to do"])
    else:
        print_lines([f"{path}: schema version {before} is now {after}"])
