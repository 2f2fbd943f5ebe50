"""The command `lifecycle`."""

import sys
from typing import Annotated

import typer

from api.cli import (
    asking,
    backup,
    catalog,
    checkpoints,
    database,
    directory,
    doctor,
    importing,
    keys,
    notices,
    policies,
    recording,
    serve,
    ticking,
    verifying,
    views,
)
from api.cli.printing import print_lines, say
from api.exit_codes import exit_code_of
from domain.errors import LedgerError

app = typer.Typer(
    name="lifecycle",
    help="The system of record for the lives of AI models: what was announced, what was known when, and the stage on any day.",
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    rich_markup_mode=None,
)

WELCOME = """\
lifecycle keeps what providers announce about their models, and answers what stage a model was in on any day.

Try it on the packaged sample:   lifecycle stage mistral-large --valid-at 2025-01-20
Start a ledger of your own:      lifecycle import PAGE.md --catalog azure --source NAME --seen-on 2024-11-22

All commands: lifecycle --help"""


@app.callback()
def welcome(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,  # noqa: FBT002
) -> None:
    """The system of record for the lives of AI models: what was announced, what was known when, and the stage on any day."""
    if show_version:
        print_lines([_version()])
        raise typer.Exit
    if context.invoked_subcommand is None:
        print_lines([WELCOME])


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # 40 ms that no question need pay

    try:
        return version("lifecycle-ledger")
    except PackageNotFoundError:
        return "0 (run from its source, not installed)"


app.command("import")(importing.import_pages)
app.command("announce")(recording.announce)
app.command("withdraw")(recording.withdraw)
app.command("transition")(recording.transition)
app.command("stage")(asking.stage)
app.command("history")(asking.history)
app.command("explain")(asking.explain_answer)
app.command("catalog")(catalog.catalog)
app.command("upcoming")(catalog.upcoming)
app.command("diff")(catalog.diff)
app.command("policy")(policies.policy)
app.command("tick")(ticking.tick)
app.command("rebuild")(views.rebuild)
app.command("doctor")(doctor.doctor)
app.command("checkpoint")(checkpoints.checkpoint)
app.command("verify")(verifying.verify)
app.command("export")(backup.export)
app.command("restore")(backup.restore)
app.command("serve")(serve.serve)
app.add_typer(database.app)
app.add_typer(directory.app)
app.add_typer(notices.app)
app.add_typer(keys.app)


def run() -> None:
    """Run the command, and turn what the ledger refuses into a sentence and an exit code."""
    try:
        app(prog_name="lifecycle")
    except LedgerError as error:
        say(f"lifecycle: {error.sentence}")
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(130)
