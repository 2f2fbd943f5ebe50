"""Scopes: what a credential is good for. One to announce can be limited to a catalog, to a provider, or to both."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import LedgerError, shown
from domain.names import slug

ANY = "*"
_CATALOG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class AccessScope(StrEnum):
    """The scopes, as keys and access tokens name them."""

    READ = "read"
    """Ask questions, and read the log of models, sources and rules."""
    ANNOUNCE = "announce"
    """List models, and record what providers announce about them."""
    DIRECTORY = "directory"
    """Read and write subscriptions: roles, deployments, webhooks."""
    NOTICES = "notices"
    """Read who was told, and report deliveries: all that is about persons."""
    ADMIN = "admin"
    """Everything; adopt a catalog's rules, too."""


@dataclass(eq=False)
class ScopeInvalid(LedgerError):
    """A text that is no scope."""

    text: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        known = ", ".join(AccessScope)
        return (
            f"{shown(self.text)} is no scope. The scopes are {known}; announce can be limited, like announce:azure to a catalog, "
            "announce:azure:mistral-ai to a catalog's models of a provider, or announce:*:mistral-ai to a provider."
        )


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A scope that a credential has, as far as it goes."""

    scope: AccessScope
    catalog: str = ANY
    provider: str = ANY
    """The key form of the provider's name: `mistral-ai` for Mistral AI."""

    @classmethod
    def parse(cls, text: str) -> "Grant":
        """Read `announce:azure:mistral-ai` and the like.

        Raises:
            ScopeInvalid: it is no scope, or limits what cannot be limited.
        """
        name, *limits = text.split(":")
        if name not in tuple(AccessScope) or len(limits) > len(("catalog", "provider")) or (limits and name != AccessScope.ANNOUNCE):
            raise ScopeInvalid(text)
        catalog, provider = (*limits, ANY, ANY)[:2]
        if catalog != ANY and not _CATALOG.fullmatch(catalog):
            raise ScopeInvalid(text)
        if provider != ANY and (not provider or slug(provider) != provider):
            raise ScopeInvalid(text)
        return cls(AccessScope(name), catalog, provider)

    def __str__(self) -> str:
        if self.provider != ANY:
            return f"{self.scope}:{self.catalog}:{self.provider}"
        return f"{self.scope}:{self.catalog}" if self.catalog != ANY else str(self.scope)

    def covers(self, catalog: str, providers: Iterable[str] | None = None) -> bool:
        """Whether it reaches a catalog's model whose provider goes by these names; of a model of nobody's, none is known."""
        if self.catalog not in (ANY, catalog):
            return False
        names = {slug(name) for name in providers or ()}
        return self.provider == ANY or names == {self.provider}


def known_grants(texts: Iterable[str]) -> frozenset[Grant]:
    """Read the grants among an access token's scopes; it has scopes for others, too."""
    found = set()
    for text in texts:
        try:
            found.add(Grant.parse(text))
        except ScopeInvalid:
            continue
    return frozenset(found)
