"""Gathering a listing by subscription: what it says of each, and the people that it names."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace

from api.directory.errors import ListedElsewhere
from api.directory.readers.found import Found, FoundDeployment, FoundPrincipal, FoundRole, Listing, ListingKind, Skipped, Unreadable
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
    """What rows say of those who hold a role, by directory id."""
    members: dict[str, FoundPrincipal] = field(default_factory=dict)
    """What group files say of those who are in a group."""
    kinds: set[ListingKind] = field(default_factory=set)
    skipped: list[Remark] = field(default_factory=list)
    unreadable: list[Remark] = field(default_factory=list)

    def cover(self, subscription: str, kind: ListingKind) -> None:
        """Note that a subscription was listed, even if nothing is found of it."""
        listed: dict[str, dict[RoleKey, Level]] | dict[str, dict[str, Deployment]]
        listed = self.roles if kind is ListingKind.ROLES else self.deployments
        listed.setdefault(subscription, {})

    def take(self, file: str, listing: Listing, groups: Groups) -> None:
        """Take in a listing, to its end. What an earlier one says stands.

        Raises:
            DirectoryFileError: it breaks off, or is damaged.
        """
        self.kinds.add(listing.kind)
        for found in listing.found:
            match found:
                case FoundRole():
                    if not self._take_role(found, groups):
                        self.skipped.append(Remark(file, found.line, "another file has the same assignment"))
                case FoundDeployment():
                    self._take_deployment(file, found)
                case Skipped():
                    self.skipped.append(Remark(file, found.line, found.reason))
                    if found.subscription:
                        self.cover(found.subscription, listing.kind)
                case Unreadable():
                    self.unreadable.append(Remark(file, found.line, found.reason))

    def listed(self, kind: ListingKind) -> Container[str]:
        """Return the subscriptions of which all of a kind is listed."""
        return self.roles if kind is ListingKind.ROLES else self.deployments

    def subscriptions(self) -> Iterator[str]:
        """Go through all that were listed."""
        return iter(sorted({*self.roles, *self.deployments}))

    def principal(self, directory_id: str) -> FoundPrincipal:
        """Return all that is said of somebody: the kind by an own row; the address rather by a group file, which has that for mail."""
        own, member = self.principals.get(directory_id), self.members.get(directory_id)
        if own is None or member is None:
            return own or self.members[directory_id]
        return replace(own, name=own.name or member.name, address=member.address or own.address)

    def people(self) -> Iterator[FoundPrincipal]:
        """Go through everybody who is named."""
        return map(self.principal, {**self.principals, **self.members})

    def take_role(self, subscription: str, principal: FoundPrincipal, role: str, level: Level, via: str | None = None) -> bool:
        """Take in a role that somebody holds, perhaps through a group, and tell whether it is new."""
        _know(self.principals, principal)
        if via is not None:
            _know(self.members, FoundPrincipal(via, PrincipalKind.GROUP, None, None))
        held, key = self.roles.setdefault(subscription, {}), (principal.id, role, via)
        new = key not in held
        held.setdefault(key, level)
        return new

    def _take_role(self, found: FoundRole, groups: Groups) -> bool:
        principal = found.principal
        new = self.take_role(found.subscription, principal, found.role, found.level)
        held = self.roles[found.subscription]
        if principal.kind is PrincipalKind.GROUP:
            for member in groups.members(principal) or ():
                _know(self.members, member)
                held.setdefault((member.id, found.role, principal.id), found.level)
        return new

    def _take_deployment(self, file: str, found: FoundDeployment) -> None:
        deployment = Deployment(name=found.deployment, key=found.key, scope=found.scope)
        standing = self.deployments.setdefault(found.subscription, {})
        known = standing.setdefault(found.deployment, deployment)
        if known is deployment:
            return
        if known == deployment:
            self.skipped.append(Remark(file, found.line, "another file has the same deployment"))
        else:
            self.unreadable.append(Remark(file, found.line, "another file says something else of a deployment with the same name"))


def _know(known: dict[str, FoundPrincipal], principal: FoundPrincipal) -> None:
    """Keep what a row says of somebody; another row may say more."""
    before = known.setdefault(principal.id, principal)
    if (before.name is None and principal.name) or (before.address is None and principal.address):
        known[principal.id] = replace(before, name=before.name or principal.name, address=before.address or principal.address)


def gathered(listings: Iterable[tuple[str, Listing]], groups: Groups, listed: str | None = None) -> Gathered:
    """Gather listings, each with the name of its file.

    Args:
        listings: Files, each with what it lists.
        groups: Who is in which group.
        listed: The subscription to which inherited roles were counted, where a file does not say it itself.

    Raises:
        DirectoryFileError: a listing breaks off, or is damaged.
        ListedElsewhere: a listing is of another subscription.
    """
    found = Gathered()
    for file, listing in listings:
        found.take(file, replace(listing, found=_checked(file, listing.found, listed)) if listed else listing, groups)
    found.unreadable += [Remark("group file", row.line, row.reason) for row in groups.unreadable]
    return found


def _checked(file: str, rows: Iterable[Found], listed: str) -> Iterator[Found]:
    """Pass rows on, and refuse a file whose own roles are all in other subscriptions, while its inherited ones are counted to this one."""
    own, inherited = set[str](), False
    for row in rows:
        if isinstance(row, FoundRole) and row.level is Level.SUBSCRIPTION:
            own.add(row.subscription)
        inherited = inherited or (isinstance(row, FoundRole) and row.level is not Level.SUBSCRIPTION and row.subscription == listed)
        yield row
    if inherited and own and listed not in own:
        raise ListedElsewhere(file, listed)
