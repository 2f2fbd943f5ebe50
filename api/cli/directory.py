"""Commands about the directory: who holds which role, what is deployed, and who is forgotten."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import wire_answers as wire
from api.cli.options import Actor, AsJson, Database, ScopeOption, scope_of
from api.cli.printing import columns, print_json, print_lines, say
from api.cli.recording import CommandKey, record
from api.exit_codes import ExitCode
from api.opening import for_asking, for_recording, for_rehearsal
from domain.directory.commands import (
    CreateDeployment,
    DeleteDeployment,
    Deployment,
    OptIn,
    OptOut,
    RecordErasure,
    RegisterWebhook,
    RemoveWebhook,
)
from domain.directory.names import deployment_name, subscription_id
from domain.directory.refusals import NoSuchPerson, NoSuchSubscription
from domain.directory.subscription import Subscription, fold, seen_by
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.streams import SUBSCRIPTIONS, subscription_stream
from domain.subjects import parse_subject

if TYPE_CHECKING:
    from api.directory.importing import DirectoryReport
    from domain.people.registry import People

app = typer.Typer(
    name="directory",
    help="Who holds which role in which subscription, and what is deployed there: those who have to be told.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_ROLE_COLUMNS = ("principal", "name", "address", "kind", "role", "via", "since")

SubscriptionArgument = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="The subscription's id.")]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="An opaque id, a directory id or an address.")]
SourceName = Annotated[str, typer.Option("--source", help="The name of who or what said it.")]


@app.command("import")
def import_listings(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON as the cloud's command line prints it, or CSV.")],
    subscription: Annotated[
        list[str] | None,
        typer.Option(help="What was listed: inherited roles do not name their subscription. Several: for empty ones."),
    ] = None,
    groups: Annotated[list[Path] | None, typer.Option(help="Who is in which group: CSV or JSON.")] = None,
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
    """Import listings of roles and deployments: what changed since the last ones is recorded."""
    from api.cli.directory_files import gather  # noqa: PLC0415  # 100 ms that only those who import pay
    from api.directory.importing import DirectoryImport, Terms  # noqa: PLC0415
    from api.opening_people import people_of  # noqa: PLC0415

    found = gather(files, subscription or (), groups or (), kind)
    at = parse_instant(seen_at) if seen_at is not None else None
    with ExitStack() as held:
        opened = held.enter_context((for_rehearsal if dry_run else for_recording)(database, actor))
        people = held.enter_context(people_of(opened))
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


@app.command("list")
def list_subscriptions(database: Database = None, *, as_json: AsJson = False) -> None:
    """List the subscriptions, with how many hold a role there and how much is deployed."""
    with for_asking(database) as opened:
        found = [_known(opened.ledger, stream.removeprefix(SUBSCRIPTIONS)) for stream in opened.ledger.store.streams(SUBSCRIPTIONS)]
    rows = [(one.id, len({principal for principal, _, _ in one.roles}), len(one.deployments)) for one in found]
    if as_json:
        print_json({"subscriptions": [{"id": id_, "members": members, "deployments": count} for id_, members, count in rows]})
    else:
        print_lines(columns(([id_, str(members), str(count)] for id_, members, count in rows), ("subscription", "members", "deployments")))


@app.command("show")
def show(
    subscription: SubscriptionArgument,
    at: Annotated[str | None, typer.Option(help="As it was seen by then. Default: now.")] = None,
    database: Database = None,
    *,
    names: Annotated[bool, typer.Option("--names", help="Show names and addresses; it needs the key file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who holds which role in a subscription, and what is deployed there."""
    from api.directory.wire import wire_subscription  # noqa: PLC0415

    id_ = subscription_id(subscription)
    with for_asking(database) as opened:
        history = opened.ledger.store.history(subscription_stream(id_))
        if not history:
            raise NoSuchSubscription(id_)
        known = fold(id_, seen_by(history, parse_instant(at)) if at is not None else history)
        shown = wire_subscription(known)
        if names:
            _add_names(opened, shown)
    if as_json:
        print_json(shown)
        return
    print_lines(columns(([str(role.get(name) or "") for name in _ROLE_COLUMNS] for role in shown["roles"]), _ROLE_COLUMNS))
    print_lines(
        columns(
            ([d["deployment"], d["model"], wire_scope(d["scope"]), d["since"]] for d in shown["deployments"]),
            ("deployment", "model", "scope", "since"),
        )
    )
    print_lines(f"webhook  {webhook}" for webhook in shown["webhooks"])


def wire_scope(scope: dict[str, str]) -> str:
    """Write a scope in a word."""
    return ", ".join(f"{key}={value}" for key, value in scope.items()) or "all"


def _add_names(opened: object, shown: wire.JSON) -> None:
    from api.opening import Opened  # noqa: PLC0415
    from api.opening_people import people_of  # noqa: PLC0415

    assert isinstance(opened, Opened)  # noqa: S101  # it comes from for_asking
    with people_of(opened, create=False) as people:
        cards = people.cards((role["principal"], 0) for role in shown["roles"])
    for role in shown["roles"]:
        card = cards.get((role["principal"], 0))
        role |= {"name": card.name if card else "erased", "address": card.address if card else None}


@app.command("deploy")
def deploy(
    subscription: SubscriptionArgument,
    name: Annotated[str, typer.Argument(help="The deployment's name.")],
    model: Annotated[str, typer.Argument(metavar="CATALOG/MODEL", help="The model's key, with @version if there is one.")],
    scope: ScopeOption = None,
    source: SourceName = "command line",
    database: Database = None,
    actor: Actor = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record a deployment; refused where the model's stage allows no new ones."""
    key, short = parse_subject(model)
    deployment = Deployment(name=deployment_name(name), key=key, scope=scope_of(scope, short))
    command = CreateDeployment(subscription=subscription_id(subscription), deployment=deployment, source=source)
    with for_recording(database, actor) as opened:
        record(opened.ledger, command, command_key, None, as_json=as_json)


@app.command("undeploy")
def undeploy(
    subscription: SubscriptionArgument,
    name: Annotated[str, typer.Argument(help="The deployment's name.")],
    source: SourceName = "command line",
    database: Database = None,
    actor: Actor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that a deployment is gone."""
    command = DeleteDeployment(subscription=subscription_id(subscription), deployment=deployment_name(name), source=source)
    with for_recording(database, actor) as opened:
        record(opened.ledger, command, None, None, as_json=as_json)


@app.command("webhook")
def webhook(
    subscription: SubscriptionArgument,
    url: Annotated[str | None, typer.Argument(help="Where notices about this subscription go, besides people.")] = None,
    remove: Annotated[str | None, typer.Option(help="The id of a webhook that is to be told no longer.")] = None,
    database: Database = None,
    actor: Actor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Register a webhook for a subscription, or remove one. Its secret is shown once."""
    from api.directory.webhooks import checked_url, new_secret  # noqa: PLC0415
    from api.opening_people import people_of  # noqa: PLC0415

    id_ = subscription_id(subscription)
    if (url is None) == (remove is None):
        raise typer.BadParameter("give an address to register, or --remove with the id of one")
    with for_recording(database, actor) as opened, people_of(opened) as people:
        if remove is not None:
            opened.ledger.execute(RemoveWebhook(subscription=id_, webhook=remove))
            people.remove_webhook(remove)
            print_lines([f"removed {remove}"])
            return
        secret = new_secret()
        found = people.seal_webhook(checked_url(url or ""), secret)
        opened.ledger.execute(RegisterWebhook(subscription=id_, webhook=found))
    if as_json:
        print_json({"webhook": found, "secret": secret})
    else:
        print_lines([f"webhook  {found}", f"secret   {secret}"])
        say("Keep the secret: it is not shown again.")


@app.command("find")
def find(person: PersonArgument, database: Database = None) -> None:
    """Tell the opaque id of somebody."""
    from api.opening_people import people_of  # noqa: PLC0415

    with for_asking(database) as opened, people_of(opened, create=False) as people:
        print_lines([_found(people, person)])


@app.command("opt-out")
def opt_out(person: PersonArgument, database: Database = None, actor: Actor = None, *, as_json: AsJson = False) -> None:
    """Record that somebody does not want to be told; that they had to be stays on record."""
    _wish(person, database, actor, OptOut, as_json=as_json)


@app.command("opt-in")
def opt_in(person: PersonArgument, database: Database = None, actor: Actor = None, *, as_json: AsJson = False) -> None:
    """Record that somebody wants to be told again."""
    _wish(person, database, actor, OptIn, as_json=as_json)


def _wish(person: str, database: str | None, actor: str | None, kind: type[OptOut] | type[OptIn], *, as_json: bool) -> None:
    from api.opening_people import people_of  # noqa: PLC0415

    with for_recording(database, actor) as opened, people_of(opened, create=False) as people:
        receipt = opened.ledger.execute(kind(person=_found(people, person)))
        if as_json:
            print_json(wire.receipt(receipt, opened.ledger.store.head().position))
        else:
            print_lines([f"recorded as #{receipt.position}" if receipt.position else "it is recorded already"])


@app.command("erase")
def erase(
    person: PersonArgument,
    database: Database = None,
    actor: Actor = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: it cannot be taken back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy name, address and key of a person, for good. Counts, digests and what was recorded stay, under the opaque id."""
    from api.opening_people import people_of  # noqa: PLC0415

    with for_recording(database, actor) as opened, people_of(opened, create=False) as people:
        id_ = _found(people, person)
        if not yes:
            say(f"{id_} would be erased for good. Say --yes to do it.")
            raise typer.Exit(ExitCode.USAGE)
        people.erase(id_, opened.ledger.now())
        receipt = opened.ledger.execute(RecordErasure(person=id_))
    if as_json:
        print_json({"person": id_, "position": receipt.position, "erased": True})
    else:
        print_lines([f"erased {id_}" + (f"; the receipt is entry #{receipt.position}" if receipt.position else "; it was before")])


def _found(people: "People", person: str) -> str:
    found = people.find(person)
    if found is None:
        raise NoSuchPerson("")
    return found


def _known(ledger: Ledger, subscription: str) -> Subscription:
    return fold(subscription, ledger.store.history(subscription_stream(subscription)))
