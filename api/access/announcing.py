"""Announcements within limits: what a sender may record about which model."""

from collections.abc import Callable, Sequence

from api.access.errors import BeyondLimits
from api.access.principal import Principal
from domain.commands import AnyCommand, ListModel
from domain.events import ModelListed
from domain.recorded import Recorded
from domain.streams import model_stream
from domain.subjects import SubjectKey


def check_limits(principal: Principal | None, key: SubjectKey, command: AnyCommand, history: Callable[[str], Sequence[Recorded]]) -> None:
    """Refuse a command about a model beyond the catalogs and providers that its sender may announce for.

    A model's providers are those that its listings name, and the one that a new listing names: whoever may announce for one cannot take
    another's model over by listing it once more.

    Raises:
        BeyondLimits: it is.
    """
    if principal is None or principal.may_announce(key.catalog):
        return
    listings = [entry.event for entry in history(model_stream(key)) if isinstance(entry.event, ModelListed)]
    named = {listing.provider for listing in listings if listing.provider}
    if isinstance(command, ListModel) and command.provider:
        named.add(command.provider)
    if not principal.may_announce_for(key.catalog, named):
        raise BeyondLimits(key.catalog, tuple(sorted(named)))
