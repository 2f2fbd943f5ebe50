"""Contacts of principals: what listings say of them, with what is known from before where they are silent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from api.directory.readers.found import FoundPrincipal
from domain.directory.events import PrincipalKind
from domain.people.registry import Card, Contact, People

_NOTHING = Card(None, None)

T = TypeVar("T")


PEOPLE_TOGETHER = 5000


def identified(people: People, principals: Iterable[FoundPrincipal]) -> Mapping[str, str]:
    """Return the opaque ids of principals, by directory id; who is new is made known.

    Raises:
        PeopleFault: the people's file cannot be read or written.
    """
    ids: dict[str, str] = {}
    for batch in batched(principals, PEOPLE_TOGETHER):
        identities = people.identify(contacts_of(people, batch))
        ids |= {one.id: identity.id for one, identity in zip(batch, identities, strict=True)}
    return ids


def contacts_of(people: People, principals: Sequence[FoundPrincipal]) -> Sequence[Contact]:
    """Return how principals are made known. A listing that does not say a name or an address takes none away.

    Raises:
        PeopleFault: the people's file cannot be read.
    """
    ids = {one.id: people.find(one.id) for one in principals if _is_silent(one)}
    cards = people.cards((id_, 0) for id_ in ids.values() if id_)
    return [_contact(one, cards.get((ids.get(one.id) or "", 0), _NOTHING)) for one in principals]


def _is_silent(principal: FoundPrincipal) -> bool:
    """Tell whether something is not said of a principal. An id that looks like an address could be found as somebody else's."""
    unsaid = principal.name is None or (principal.address is None and principal.kind is PrincipalKind.USER)
    return unsaid and "@" not in principal.id


def _contact(principal: FoundPrincipal, known: Card) -> Contact:
    return Contact(principal.id, principal.name or known.name, principal.address or known.address)


def batched(items: Iterable[T], count: int) -> Iterator[tuple[T, ...]]:
    """Split items into groups of a size."""
    rest = iter(items)
    while batch := tuple(islice(rest, count)):
        yield batch
