"""Commands about the directory: who holds which role, what is deployed, and who is forgotten."""

import typer

from api.cli import directory_asking, directory_changes, directory_import, directory_people

app = typer.Typer(
    name="directory",
    help="Who holds which role in which subscription, and what is deployed there: those who have to be told.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.command("import")(directory_import.import_listings)
app.command("list")(directory_asking.list_subscriptions)
app.command("show")(directory_asking.show)
app.command("deploy")(directory_changes.deploy)
app.command("undeploy")(directory_changes.undeploy)
app.command("assign")(directory_changes.assign)
app.command("revoke")(directory_changes.revoke)
app.command("webhook")(directory_changes.webhook)
app.command("find")(directory_people.find)
app.command("opt-out")(directory_people.opt_out)
app.command("opt-in")(directory_people.opt_in)
app.command("erase")(directory_people.erase)
