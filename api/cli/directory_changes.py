"""Commands that change one thing in the directory: a deployment, a role, a webhook."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import wire_answers as wire
from api.cli.directory_options import SeenAt, SourceName, SubscriptionArgument, known_person, known_subscription
from api.cli.options import Actor, AsJson, Database, ScopeOption, scope_of
from api.cli.printing import print_json, print_lines, say
from api.cli.recording import CommandKey
from api.opening import Opened, for_recording
from domain.commands import AnyCommand
from domain.directory.commands import (
    Assignment,
    AssignRole,
    CreateDeployment,
    DeleteDeployment,
    Deployment,
    RegisterWebhook,
    RemoveWebhook,
    RevokeRole,
)
from domain.directory.events import Level, PrincipalKind
from domain.directory.names import deployment_name, role_name, subscription_id
from domain.directory.refusals import NoSuchPerson
from domain.instants import parse_instant
from domain.subjects import parse_subject

if TYPE_CHECKING:
    from datetime import datetime

    from domain.people.registry import People

DeploymentArgument = Annotated[str, typer.Argument(help="The deployment's name.")]
PrincipalArgument = Annotated[
    str, typer.Argument(metavar="PRINCIPAL", help="A directory id; of somebody who is known, an opaque id or an address too.")
]
RoleArgument = Annotated[str, typer.Argument(metavar="ROLE", help="Like owner, or 'monitoring reader'.")]
Via = Annotated[str | None, typer.Option(metavar="GROUP", help="The group through which it is held: its directory id, or its opaque one.")]


def deploy(
    subscription: SubscriptionArgument,
    name: DeploymentArgument,
    model: Annotated[str, typer.Argument(metavar="CATALOG/MODEL", help="The model's key, with @version if there is one.")],
    scope: ScopeOption = None,
    source: SourceName = "command line",
    seen_at: SeenAt = None,
    database: Database = None,
    actor: Actor = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record a deployment; refused where the model's stage allows no new ones."""
    key, short = parse_subject(model)
    deployment = Deployment(name=deployment_name(name), key=key, scope=scope_of(scope, short))
    command = CreateDeployment(subscription=subscription_id(subscription), deployment=deployment, source=source, seen_at=_instant(seen_at))
    with for_recording(database, actor) as opened:
        _record(opened, command, command_key, as_json=as_json)


def undeploy(
    subscription: SubscriptionArgument,
    name: DeploymentArgument,
    source: SourceName = "command line",
    seen_at: SeenAt = None,
    database: Database = None,
    actor: Actor = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that a deployment is gone."""
    command = DeleteDeployment(
        subscription=subscription_id(subscription), deployment=deployment_name(name), source=source, seen_at=_instant(seen_at)
    )
    with for_recording(database, actor) as opened:
        _record(opened, command, command_key, as_json=as_json)


def assign(
    subscription: SubscriptionArgument,
    principal: PrincipalArgument,
    role: RoleArgument,
    kind: Annotated[PrincipalKind, typer.Option(help="What it is.")] = PrincipalKind.USER,
    name: Annotated[str | None, typer.Option(help="The name of somebody new, or a new one.")] = None,
    address: Annotated[str | None, typer.Option(help="The address of somebody new, or a new one.")] = None,
    level: Annotated[Level, typer.Option(help="Where it was assigned.")] = Level.SUBSCRIPTION,
    via: Via = None,
    source: SourceName = "command line",
    seen_at: SeenAt = None,
    database: Database = None,
    actor: Actor = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that somebody takes a role."""
    from api.opening_people import people_of  # noqa: PLC0415  # 30 ms that only those who name people pay

    id_, held = subscription_id(subscription), role_name(role)
    with for_recording(database, actor) as opened, people_of(opened) as people:
        assignment = Assignment(
            principal=_identified(people, principal, kind, name, address),
            kind=kind,
            role=held,
            level=level,
            via=_identified(people, via, PrincipalKind.GROUP) if via else None,
        )
        command = AssignRole(subscription=id_, assignment=assignment, source=source, seen_at=_instant(seen_at))
        _record(opened, command, command_key, as_json=as_json)


def revoke(
    subscription: SubscriptionArgument,
    principal: PrincipalArgument,
    role: RoleArgument,
    via: Via = None,
    source: SourceName = "command line",
    seen_at: SeenAt = None,
    database: Database = None,
    actor: Actor = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that somebody gives a role up."""
    from api.opening_people import people_of  # noqa: PLC0415

    id_, held = subscription_id(subscription), role_name(role)
    with for_recording(database, actor) as opened, people_of(opened, create=False) as people:
        command = RevokeRole(
            subscription=id_,
            principal=known_person(people, principal),
            role=held,
            via=known_person(people, via) if via else None,
            source=source,
            seen_at=_instant(seen_at),
        )
        _record(opened, command, command_key, as_json=as_json)


def webhook(
    subscription: SubscriptionArgument,
    url: Annotated[str | None, typer.Argument(help="Where notices about this subscription go, besides people.")] = None,
    remove: Annotated[str | None, typer.Option(metavar="WEBHOOK", help="The id of a webhook that is to be told no longer.")] = None,
    database: Database = None,
    actor: Actor = None,
    *,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Take an address that notices may not go to yet: see LIFECYCLE_WEBHOOK_ALLOW.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register a webhook for a subscription, or remove one. Its secret is shown once."""
    from api.opening_people import people_of  # noqa: PLC0415

    id_ = subscription_id(subscription)
    if (url is None) == (remove is None):
        raise typer.BadParameter("give an address to register, or --remove with the id of one")
    with for_recording(database, actor) as opened:
        known_subscription(opened.ledger, id_)
        with people_of(opened) as people:
            if url is not None:
                _register(opened, people, id_, url, allow_private=allow_private, as_json=as_json)
            elif remove is not None:
                _record(opened, RemoveWebhook(subscription=id_, webhook=remove), None, as_json=as_json)
                people.remove_webhook(remove)


def _register(opened: Opened, people: "People", subscription: str, url: str, *, allow_private: bool, as_json: bool) -> None:
    from api.directory.webhooks import checked_url, new_secret  # noqa: PLC0415

    secret = new_secret()
    found = people.seal_webhook(checked_url(url, allow_private=allow_private), secret)
    opened.ledger.execute(RegisterWebhook(subscription=subscription, webhook=found))
    if as_json:
        print_json({"webhook": found, "secret": secret})
    else:
        print_lines([f"webhook  {found}", f"secret   {secret}"])
        say("Keep the secret: it is not shown again.")


def _identified(people: "People", text: str, kind: PrincipalKind, name: str | None = None, address: str | None = None) -> str:
    """Return the opaque id of somebody who is known, or is made known by a directory id.

    Raises:
        NoSuchPerson: it is an address, of nobody who is known: without a directory id, nobody would be known again.
    """
    from api.directory.contacts import identified  # noqa: PLC0415
    from api.directory.readers.principals import principal  # noqa: PLC0415

    found = people.find(text)
    if found and name is None and address is None:
        return found
    if "@" in text:
        raise NoSuchPerson("")
    (id_,) = identified(people, [principal(text, kind, name, address)]).values()
    return id_


def _record(opened: Opened, command: AnyCommand, key: str | None, *, as_json: bool) -> None:
    receipt = opened.ledger.execute(command, key=key)
    if as_json:
        print_json(wire.receipt(receipt, opened.ledger.store.head().position))
        return
    print_lines(
        [f"recorded as #{receipt.positions[-1]} at {wire.instant(receipt.recorded_at)}" if receipt.positions else "it is so already"]
    )
    for run in receipt.runs:
        say(f"Notification run {run} is open for those who joined.")


def _instant(text: str | None) -> "datetime | None":
    return parse_instant(text) if text is not None else None
