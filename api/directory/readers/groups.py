"""Who is in which group, as a file says it, and the members that a group has in the end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from api.directory.readers.found import FoundPrincipal, Unreadable
from domain.directory.events import PrincipalKind

Key = str
"""A group's id or name, in lower case and with single spaces."""


def group_key(text: str) -> Key:
    """Return the form in which groups are looked up: ids and names compare without regard to case."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one or several files."""

    direct: Mapping[Key, Sequence[FoundPrincipal]] = field(default_factory=dict)
    """Members as listed, by group."""
    unreadable: Sequence[Unreadable] = ()
    """Rows that name no member: a group with such a row is not known completely."""

    def __or__(self, other: "Groups") -> "Groups":
        """Return the groups of both; a group that stands in both has the members of both."""
        direct = {key: [*members] for key, members in self.direct.items()}
        for key, members in other.direct.items():
            direct.setdefault(key, []).extend(members)
        return Groups(direct, (*self.unreadable, *other.unreadable))

    def members(self, group: FoundPrincipal) -> Sequence[FoundPrincipal] | None:
        """Return everybody in a group, each once, with the members of groups inside it where these are known; None where it is not known.

        A group inside that is not known stands among the members itself.
        """
        key = self._key(group)
        if key is None:
            return None
        found: dict[str, FoundPrincipal] = {}
        seen = {key}
        waiting = [iter(self.direct[key])]
        while waiting:
            member = next(waiting[-1], None)
            if member is None:
                waiting.pop()
            elif (inside := self._key(member) if member.kind is PrincipalKind.GROUP else None) is None:
                found.setdefault(member.id, member)
            elif inside not in seen:
                seen.add(inside)
                waiting.append(iter(self.direct[inside]))
        return tuple(found.values())

    def _key(self, group: FoundPrincipal) -> Key | None:
        named = (group.id, group.name)
        return next((key for text in named if text and (key := group_key(text)) in self.direct), None)


@dataclass(frozen=True, slots=True)
class Membership:
    """One row of a group file."""

    group: str = field(repr=False)
    member: FoundPrincipal
    typed: bool
    """Whether the file says what kind of principal the member is."""


def collected(groups: Iterable[str], rows: Iterable[Membership | Unreadable]) -> Groups:
    """Put rows together; a member of no stated kind is a group where the file says who is in it.

    Args:
        groups: Groups that are known even where they have no member. They are asked for behind the rows.
        rows: What the file says.
    """
    listed: dict[Key, list[Membership]] = {}
    unreadable = []
    for row in rows:
        if isinstance(row, Unreadable):
            unreadable.append(row)
        else:
            listed.setdefault(group_key(row.group), []).append(row)
    for name in groups:
        listed.setdefault(group_key(name), [])
    return Groups({key: [*_told(memberships, listed)] for key, memberships in listed.items()}, tuple(unreadable))


def _told(memberships: Iterable[Membership], listed: Mapping[Key, object]) -> Iterator[FoundPrincipal]:
    for one in memberships:
        member = one.member
        if not one.typed and group_key(member.id) in listed:
            yield FoundPrincipal(member.id, PrincipalKind.GROUP, member.name, None)
        else:
            yield member
