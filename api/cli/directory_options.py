"""What several commands about the directory share."""

from typing import TYPE_CHECKING, Annotated

import typer

from domain.directory.refusals import NoSuchPerson, NoSuchSubscription
from domain.directory.subscription import Subscription, fold
from domain.ledger import Ledger
from domain.streams import subscription_stream

if TYPE_CHECKING:
    from domain.people.registry import People

SubscriptionArgument = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="The subscription's id.")]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="An opaque id, a directory id or an address.")]
SourceName = Annotated[str, typer.Option("--source", help="The name of who or what said it.")]
SeenAt = Annotated[str | None, typer.Option(help="When it was so. Default: now.")]


def known_person(people: "People", text: str) -> str:
    """Return the opaque id of somebody.

    Raises:
        NoSuchPerson: nobody is known by it. What was typed may be an address, and is not repeated.
        AddressShared: several people have the address.
    """
    found = people.find(text)
    if found is None:
        raise NoSuchPerson("")
    return found


def known_subscription(ledger: Ledger, id_: str) -> Subscription:
    """Return a subscription as it stands.

    Raises:
        NoSuchSubscription: nothing is recorded of it.
    """
    history = ledger.store.history(subscription_stream(id_))
    if not history:
        raise NoSuchSubscription(id_)
    return fold(id_, history)
