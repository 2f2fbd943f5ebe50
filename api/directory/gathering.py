"""Gathering a listing by subscription: what it says of each, and the people that it names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from api.directory.readers.found import FoundDeployment, FoundPrincipal, FoundRole, Listing, ListingKind, Skipped, Unreadable
from api.directory.readers.groups import Groups
from domain.directory.commands import Deployment
from domain.directory.events import Level, PrincipalKind

RoleKey = tuple[str, str, str | None]
"""Directory ids of the principal and of the group through which it holds the role, with the role between."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A row that was skipped or could not be read, with its place."""

    file: str
    line: int
    reason: str


@dataclass
class Gathered:
    """What listings say."""

    roles: dict[str, dict[RoleKey, Level]] = field(default_factory=dict)
    """By subscription."""
    deployments: dict[str, dict[str, Deployment]] = field(default_factory=dict)
    principals: dict[str, FoundPrincipal] = field(default_factory=dict)
    """By directory id."""
    kinds: set[ListingKind] = field(default_factory=set)
    skipped: list[Remark] = field(default_factory=list)
    unreadable: list[Remark] = field(default_factory=list)

    def cover(self, subscription: str, kind: ListingKind) -> None:
        """Note that a subscription was listed, even if nothing is found of it."""
        listed: dict[str, dict[RoleKey, Level]] | dict[str, dict[str, Deployment]]
        listed = self.roles if kind is ListingKind.ROLES else self.deployments
        listed.setdefault(subscription, {})

    def take(self, file: str, listing: Listing, groups: Groups) -> None:
        """Take in a listing, to its end.

        Raises:
            DirectoryFileError: it breaks off, or is damaged.
        """
        self.kinds.add(listing.kind)
        for found in listing.found:
            match found:
                case FoundRole():
                    self._take_role(found, groups)
                case FoundDeployment():
                    deployment = Deployment(name=found.deployment, key=found.key, scope=found.scope)
                    self.deployments.setdefault(found.subscription, {})[found.deployment] = deployment
                case Skipped():
                    self.skipped.append(Remark(file, found.line, found.reason))
                    if found.subscription:
                        self.cover(found.subscription, listing.kind)
                case Unreadable():
                    self.unreadable.append(Remark(file, found.line, found.reason))

    def subscriptions(self) -> Iterator[str]:
        """Go through all that were listed."""
        return iter(sorted({*self.roles, *self.deployments}))

    def _take_role(self, found: FoundRole, groups: Groups) -> None:
        principal = found.principal
        held = self.roles.setdefault(found.subscription, {})
        held.setdefault((self._know(principal), found.role, None), found.level)
        if principal.kind is PrincipalKind.GROUP:
            for member in groups.members(principal) or ():
                held.setdefault((self._know(member), found.role, principal.id), found.level)

    def _know(self, principal: FoundPrincipal) -> str:
        """Keep what a listing says of somebody; another row may say more."""
        known = self.principals.get(principal.id)
        if known is None:
            self.principals[principal.id] = principal
        elif (known.name is None and principal.name) or (known.address is None and principal.address):
            self.principals[principal.id] = replace(known, name=known.name or principal.name, address=known.address or principal.address)
        return principal.id


def gathered(listings: Iterable[tuple[str, Listing]], groups: Groups) -> Gathered:
    """Gather listings, each with the name of its file."""
    found = Gathered()
    for file, listing in listings:
        found.take(file, listing, groups)
    found.unreadable += [Remark("group file", row.line, row.reason) for row in groups.unreadable]
    return found
