"""Which entries of the log a sender may read."""

from collections.abc import Sequence

from api.access.errors import ScopeMissing
from api.access.principal import Principal
from api.access.rights import STREAMS
from api.access.scopes import AccessScope


def readable(principal: Principal | None, prefix: str = "") -> Sequence[str]:
    """Return what the names of the streams begin with that a sender may read, among those that begin with a prefix.

    Raises:
        ScopeMissing: the sender may read none of them.
    """
    if principal is None or all(principal.may(needed) for needed in STREAMS.values()):
        return [prefix]
    asked = {kind: needed for kind, needed in STREAMS.items() if kind.startswith(prefix) or prefix.startswith(kind)}
    found = [max(kind, prefix, key=len) for kind, needed in asked.items() if principal.may(needed)]
    if not found:
        raise ScopeMissing(tuple(sorted(set[AccessScope]().union(*asked.values()))) or (AccessScope.ADMIN,))
    return found
