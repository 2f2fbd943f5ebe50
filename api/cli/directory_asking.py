"""Commands that ask the directory: list, show."""

from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.directory_options import SubscriptionArgument
from api.cli.options import AsJson, Database, RecordedAt, asked
from api.cli.printing import columns, print_json, print_lines
from api.opening import Opened, for_asking
from domain.directory.names import subscription_id
from domain.directory.refusals import NoSuchSubscription
from domain.directory.subscription import fold, seen_by
from domain.instants import parse_instant
from domain.streams import SUBSCRIPTIONS, subscription_stream
from domain.subjects import WHOLE

_ROLE_COLUMNS = ("principal", "kind", "role", "via", "since")
_NAMED_COLUMNS = ("principal", "name", "address", *_ROLE_COLUMNS[1:])
_DEPLOYMENT_COLUMNS = ("deployment", "model", "scope", "since")


def list_subscriptions(database: Database = None, *, as_json: AsJson = False) -> None:
    """List the subscriptions, with how many hold a role there and how much is deployed."""
    with for_asking(database) as opened:
        store = opened.ledger.store
        found = [
            fold(history[0].stream.removeprefix(SUBSCRIPTIONS), history)
            for history in store.by_stream(store.head().position, SUBSCRIPTIONS)
        ]
    rows = [(one.id, len({principal for principal, _, _ in one.roles}), len(one.deployments)) for one in found]
    if as_json:
        print_json({"subscriptions": [{"id": id_, "members": members, "deployments": count} for id_, members, count in rows]})
    else:
        print_lines(columns(([id_, str(members), str(count)] for id_, members, count in rows), ("subscription", "members", "deployments")))


def show(
    subscription: SubscriptionArgument,
    at: Annotated[str | None, typer.Option(help="As it was seen by then. Default: now.")] = None,
    recorded_at: RecordedAt = None,
    database: Database = None,
    *,
    names: Annotated[bool, typer.Option("--names", help="Show names and addresses; it needs the key file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who holds which role in a subscription, and what is deployed there."""
    from api.directory.wire import wire_subscription  # noqa: PLC0415

    id_, point = subscription_id(subscription), asked(WHOLE, None, None, recorded_at).recorded_at
    with for_asking(database) as opened:
        ledger = opened.ledger
        position = ledger.store.head().position if point is None else ledger.position_at(point)
        history = ledger.store.history(subscription_stream(id_), position)
        if not history:
            raise NoSuchSubscription(id_)
        known = fold(id_, seen_by(history, parse_instant(at)) if at is not None else history)
        shown = {**wire_subscription(known), "position": position}
        if names:
            _add_names(opened, shown["roles"])
    if as_json:
        print_json(shown)
        return
    shown_columns = _NAMED_COLUMNS if names else _ROLE_COLUMNS
    print_lines(columns(([str(role[name] or "") for name in shown_columns] for role in shown["roles"]), shown_columns))
    print_lines(columns(map(_deployment, shown["deployments"]), _DEPLOYMENT_COLUMNS))
    print_lines(f"webhook  {webhook}" for webhook in shown["webhooks"])


def _deployment(found: wire.JSON) -> list[str]:
    scope = ", ".join(f"{key}={value}" for key, value in found["scope"].items()) or "all"
    return [found["deployment"], found["model"], scope, found["since"]]


def _add_names(opened: Opened, roles: list[wire.JSON]) -> None:
    from api.opening_people import people_of  # noqa: PLC0415

    with people_of(opened, create=False) as people:
        cards = people.cards((role["principal"], 0) for role in roles)
        erased = people.erased(role["principal"] for role in roles)
    for role in roles:
        card = cards.get((role["principal"], 0))
        name = "erased" if role["principal"] in erased else card and card.name
        role |= {"name": name and _one_line(name), "address": card and card.address}


def _one_line(name: str) -> str:
    """Write a name so that it does nothing to a terminal: it is what somebody else wrote."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
