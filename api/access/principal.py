"""Principals: who sends a request, and what that sender may do."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property

from api.access.scopes import AccessScope, Grant


@dataclass(frozen=True)
class Principal:
    """Somebody whose credential was found good."""

    actor: str
    """The name that each entry of theirs bears: `key:NAME`, or `oidc:ISSUER#SUBJECT`."""
    grants: frozenset[Grant]
    is_good: Callable[[], bool] = field(compare=False, repr=False)
    """Whether the credential is good still: an answer that goes on for hours is ended with it."""

    @cached_property
    def scopes(self) -> frozenset[AccessScope]:
        """All scopes, however far each goes."""
        return frozenset(grant.scope for grant in self.grants)

    def may(self, needed: frozenset[AccessScope]) -> bool:
        """Whether one of the needed scopes is there; `admin` stands for each."""
        return AccessScope.ADMIN in self.scopes or not needed.isdisjoint(self.scopes)

    def may_announce(self, catalog: str) -> bool:
        """Whether all models of a catalog can be announced about, whoever provides them."""
        return any(grant.covers(catalog) for grant in self._announcing())

    def may_announce_for(self, catalog: str, providers: Iterable[str]) -> bool:
        """Whether a catalog's model can be announced about whose provider goes by these names."""
        named = frozenset(providers)
        return any(grant.covers(catalog, named) for grant in self._announcing())

    def _announcing(self) -> Iterable[Grant]:
        return (
            [Grant(AccessScope.ANNOUNCE)]
            if AccessScope.ADMIN in self.scopes
            else [g for g in self.grants if g.scope == AccessScope.ANNOUNCE]
        )


sender: ContextVar[Principal | None] = ContextVar("sender", default=None)
"""Who sent the request that is being answered; nobody in particular where credentials are not asked for."""
