"""Commands about notices: who has to be told, who was, when, and who was not."""

import typer

from api.cli import delivering, notices_asking, notices_audit, notices_proving, notices_recording

app = typer.Typer(
    name="notices",
    help="Notices: who has to be told, who was, when, and who was not. People stand here under opaque ids.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.command("deliver")(delivering.deliver)
app.command("resume")(delivering.resume)
app.command("record")(notices_recording.record_file)
app.command("close")(notices_recording.close)
app.command("list")(notices_asking.list_runs)
app.command("show")(notices_asking.show)
app.command("audit")(notices_audit.audit)
app.command("gaps")(notices_audit.gaps)
app.command("prove")(notices_proving.prove)
