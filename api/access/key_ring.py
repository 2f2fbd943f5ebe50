"""The keys as a running service knows them: read again when the file has changed, so that a revoked key is refused within a moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import monotonic

from api.access.api_key import ApiKey, KeyState
from api.access.errors import AccessFileFault, CredentialRefused, CredentialUnchecked
from api.access.key_file import KeyFile
from api.access.principal import Principal
from api.access.tokens import matches, prefix_of
from domain.clock import Clock, system_clock

LOOK_SECONDS = 0.25
"""How often it is looked whether the file has changed: so long may a revoked key still be good."""
CHECKED_AT_ONCE = 2
"""Tokens that are compared with hashes at a time: each takes tens of milliseconds and 19 MiB."""
WAITING_MAX = 100
REMEMBERED_MAX = 4096
USED_SECONDS = 60.0
"""How often it is written when keys were last used."""

UNKNOWN = "The key is not known here"


class KeyRing:
    """Finds out whose a token is. It lives on one event loop."""

    def __init__(self, file: KeyFile, clock: Clock = system_clock, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._file = file
        self._look_seconds = look_seconds
        self._looked_at = float("-inf")
        self._clock = clock
        self._seen: int | None = None
        self._by_prefix: Mapping[str, Sequence[ApiKey]] = {}
        self._by_name: Mapping[str, ApiKey] = {}
        self._principals: Mapping[str, Principal] = {}
        self._remembered: dict[bytes, str] = {}
        """By a token's digest, the hash that it was found to fit."""
        self._turns = asyncio.Semaphore(CHECKED_AT_ONCE)
        self._waiting = 0
        self._used: dict[str, datetime] = {}

    @property
    def has_keys(self) -> bool:
        """Whether there ever was a key.

        Raises:
            CredentialUnchecked: the file cannot be read.
        """
        self._refresh()
        return bool(self._by_prefix)

    async def principal(self, token: str) -> Principal:
        """Return who holds a token.

        Raises:
            CredentialRefused: it is not known, expired or revoked.
            CredentialUnchecked: the file cannot be read, or too many tokens wait to be checked.
        """
        self._refresh()
        key = await self._key(token)
        now = self._clock()
        match key.state(now):
            case KeyState.GOOD:
                self._used[key.name] = now
                return self._principals[key.name]
            case state:
                raise CredentialRefused(f"The key is {state}")

    @asynccontextmanager
    async def noting_use(self) -> AsyncIterator[None]:
        """Write from time to time when keys were last used, and at the end."""
        task = asyncio.create_task(self._note_use())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.note_use()

    async def note_use(self) -> None:
        """Write when keys were last used; what cannot be written now is written the next time."""
        used, self._used = self._used, {}
        if used and not await asyncio.to_thread(_written, self._file.path, used):
            self._used = {**used, **self._used}

    async def _note_use(self) -> None:
        while True:
            await asyncio.sleep(USED_SECONDS)
            await self.note_use()

    def _is_good(self, name: str) -> bool:
        try:
            self._refresh()
        except CredentialUnchecked:
            return False
        return name in self._by_name and self._by_name[name].state(self._clock()) is KeyState.GOOD

    def _refresh(self) -> None:
        now = monotonic()
        if now - self._looked_at < self._look_seconds:
            return
        try:
            version = self._file.version()
            if version != self._seen:
                self._take(self._file.keys())
                self._seen = version
        except AccessFileFault:
            raise CredentialUnchecked("the file of the keys cannot be read") from None
        self._looked_at = now

    def _take(self, keys: Sequence[ApiKey]) -> None:
        by_prefix: dict[str, list[ApiKey]] = {}
        for key in keys:
            by_prefix.setdefault(key.prefix, []).append(key)
        self._by_prefix, self._by_name = by_prefix, {key.name: key for key in keys}
        self._principals = {key.name: Principal(f"key:{key.name}", key.grants, partial(self._is_good, key.name)) for key in keys}

    async def _key(self, token: str) -> ApiKey:
        prefix = prefix_of(token)
        if prefix is None or prefix not in self._by_prefix:
            raise CredentialRefused(UNKNOWN)
        digest = sha256(token.encode()).digest()
        found = self._known(prefix, digest)
        if found is None:
            await self._check(token, prefix, digest)
            found = self._known(prefix, digest)
        if found is None:
            raise CredentialRefused(UNKNOWN)
        return found

    def _known(self, prefix: str, digest: bytes) -> ApiKey | None:
        kept = self._remembered.get(digest)
        return next((key for key in self._by_prefix.get(prefix, ()) if key.hash == kept), None)

    async def _check(self, token: str, prefix: str, digest: bytes) -> None:
        """Compare a token with the hashes of the keys with its prefix, and remember which one it fits."""
        if self._waiting >= WAITING_MAX:
            raise CredentialUnchecked("too many keys wait to be checked")
        self._waiting += 1
        try:
            async with self._turns:
                for key in self._by_prefix.get(prefix, ()):
                    if digest not in self._remembered and await asyncio.to_thread(matches, token, key.hash):
                        if len(self._remembered) >= REMEMBERED_MAX:
                            self._remembered.clear()
                        self._remembered[digest] = key.hash
        finally:
            self._waiting -= 1


def _written(path: Path, used: Mapping[str, datetime]) -> bool:
    try:
        with KeyFile(path) as file:
            file.used(used)
    except AccessFileFault:
        return False
    return True
