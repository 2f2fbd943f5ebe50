"""Audiences: members with the reasons why they are told, as the chunks in which they are recorded."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.directory.events import PrincipalKind
from domain.notices.events import Excluded, Exclusion, Reason, Recipient, SubscriptionCount

CHUNK_MEMBERS = 1000
"""Members that are recorded by one entry. An audience that was begun goes on in the same steps."""

NO_ROLE = -1


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has to be told."""

    id: str
    """A principal's opaque id, or a webhook's."""
    kind: PrincipalKind | None
    """None for a webhook."""
    reasons: tuple[tuple[str, str], ...]
    """Subscriptions, each with a role; a webhook's role is empty."""


@dataclass(frozen=True, slots=True)
class Reach:
    """By what a member can be reached, as far as that is known when the audience is recorded."""

    address: int = 0
    """The number of the person's address; 0 where there is none."""
    erased: bool = False
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members as an entry holds them: their reasons name places in its lists of subscriptions and roles."""

    recipients: tuple[Recipient, ...]
    excluded: tuple[Excluded, ...]
    roles: tuple[str, ...]
    subscriptions: tuple[SubscriptionCount, ...]


def exclusion_of(member: Member, reach: Reach) -> Exclusion | None:
    """Return why a member cannot be told; none where a message can be sent."""
    match member.kind:
        case None:
            return None
        case PrincipalKind.SERVICE_PRINCIPAL:
            return Exclusion.SERVICE_PRINCIPAL
        case PrincipalKind.GROUP:
            return Exclusion.GROUP_NOT_EXPANDED
        case PrincipalKind.USER:
            return _exclusion_of_user(reach)


def _exclusion_of_user(reach: Reach) -> Exclusion | None:
    if reach.erased:
        return Exclusion.ERASED
    if reach.opted_out:
        return Exclusion.OPTED_OUT
    return None if reach.address else Exclusion.NO_ADDRESS


def in_chunks(members: Iterable[Member], recorded: int = 0) -> Iterator[tuple[Sequence[Member], bool]]:
    """Cut an audience into the members of each chunk, and tell which is the last; those recorded are left out.

    The last one may be empty, so that an audience of nobody is recorded too.
    """
    rest = iter(members)
    for _ in islice(rest, recorded * CHUNK_MEMBERS):
        pass
    chunk = list(islice(rest, CHUNK_MEMBERS))
    while following := list(islice(rest, CHUNK_MEMBERS)):
        yield chunk, False
        chunk = following
    yield chunk, True


def chunk_of(members: Sequence[Member], reaches: Sequence[Reach]) -> Chunk:
    """Write members, each with how it can be reached, as a chunk."""
    roles = tuple(sorted({role for member in members for _, role in member.reasons if role}))
    counts = Counter(subscription for member in members for subscription, _ in member.reasons)
    subscriptions = {subscription: place for place, subscription in enumerate(counts)}
    role_places = {role: place for place, role in enumerate(roles)} | {"": NO_ROLE}
    recipients: list[Recipient] = []
    excluded: list[Excluded] = []
    for member, reach in zip(members, reaches, strict=True):
        reasons = tuple([Reason(subscriptions[subscription], role_places[role]) for subscription, role in member.reasons])
        exclusion = exclusion_of(member, reach)
        if exclusion:
            excluded.append(Excluded(member.id, exclusion, reasons))
        else:
            recipients.append(Recipient(member.id, reach.address if member.kind else 0, reasons))
    return Chunk(tuple(recipients), tuple(excluded), roles, tuple(SubscriptionCount(*counted) for counted in counts.items()))
