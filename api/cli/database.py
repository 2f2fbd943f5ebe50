"""Commands about the ledger's file itself."""

from pathlib import Path
from urllib.parse import urlsplit

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines
from api.cli.progress import counting
from api.opening import NoLedger, ledger_path
from api.settings import server_address

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


def _upgraded(path: Path) -> tuple[str, int, int]:
    from domain.store.sqlite_upgrade import upgrade as upgraded  # noqa: PLC0415  # only here

    if not path.exists():
        raise NoLedger(path)
    with counting("upgrade") as progress:
        return (str(path), *upgraded(path, progress))
