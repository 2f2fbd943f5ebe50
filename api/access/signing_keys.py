"""The keys that sign access tokens: kept for a while, and fetched again when a token names one that is not among them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import jwt

from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.provider import ProviderFailed
from api.http.logs import log

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""None that has one and the same key for signing and for checking."""

FRESH_SECONDS = 600.0
"""For how long keys are taken as the present ones."""
TRUSTED_SECONDS = 3600.0
"""For how long they are trusted, since they were last seen, where the provider cannot be reached."""
PAUSE_SECONDS = 5.0
"""How often the provider is asked at the most, whatever tokens name."""

Fetch = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]


class SigningKeys:
    """The provider's keys. It lives on one event loop."""

    def __init__(self, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds that never go back."""
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._failing = ""

    async def key(self, id_: str | None) -> jwt.PyJWK:
        """Return a key by the id that a token names; a token that names none is signed by the only one.

        Raises:
            CredentialRefused: the provider has no such key.
            CredentialUnchecked: no keys are known, and the provider cannot be reached.
        """
        if not self._younger_than(FRESH_SECONDS) and not (self._keys and self._lock.locked()):
            await self._refresh()
        found = self._found(id_)
        if found is None:
            await self._refresh()
            found = self._found(id_)
        if found is not None:
            return found
        if not self._keys:
            raise CredentialUnchecked("the identity provider cannot be reached")
        raise CredentialRefused("The access token is signed by no key of the identity provider")

    def _younger_than(self, seconds: float) -> bool:
        return self._now() - self._fetched_at < seconds

    def _found(self, id_: str | None) -> jwt.PyJWK | None:
        if id_ is not None:
            return self._keys.get(id_)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _refresh(self) -> None:
        """Fetch the keys, unless that was tried a moment ago: tokens that name what there is not cost the provider nothing."""
        async with self._lock:
            if self._now() - self._asked_at < PAUSE_SECONDS:
                return
            self._asked_at = self._now()
            try:
                self._keys, self._failing = usable(await self._fetch()), ""
                self._fetched_at = self._now()
            except ProviderFailed as failed:
                self._tell(str(failed))
            if not self._younger_than(TRUSTED_SECONDS):
                self._keys = {}

    def _tell(self, reason: str) -> None:
        """Log a failure, once while it stays the same."""
        if reason != self._failing:
            log.warning("the identity provider gives no keys", extra={"reason": reason})
        self._failing = reason


def usable(found: Sequence[Mapping[str, Any]]) -> dict[str, jwt.PyJWK]:
    """Return the keys that can check a signature, by their ids; what is of another use or unreadable is left out.

    Raises:
        ProviderFailed: there is none.
    """
    keys: dict[str, jwt.PyJWK] = {}
    for entry in found:
        try:
            key = jwt.PyJWK(dict(entry))
        except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
            continue
        if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig"):
            keys[str(entry.get("kid") or "")] = key
    if not keys:
        raise ProviderFailed("it has no key that can be used")
    return keys
