"""Sealing: what a browser keeps for us, so that it can neither read nor change it (AES-256-GCM)."""

import json
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from stat import S_IMODE
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.access.errors import SessionKeyInvalid
from domain.people.making import OWNER_ALONE, made_once

KEY_BYTES = 32
SEALED_MAX = 3800
"""Longest text that is sealed or opened, in characters: browsers keep cookies of 4096 bytes with name and attributes."""
_NONCE_BYTES = 12
_PLAIN_MAX = 65_536
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Seal:
    """A key that seals. Its bytes are never shown."""

    _key: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> "Seal":
        """Read the key's file, and make it where there is none: for its owner alone.

        Raises:
            SessionKeyInvalid: it cannot be read or made, others may read it, or it holds no key.
        """
        try:
            if not path.exists():
                with made_once(path) as unfinished:
                    _fill(unfinished)
            mode, key = S_IMODE(path.stat().st_mode), path.read_bytes()
        except OSError as error:
            raise SessionKeyInvalid(str(path), f"it cannot be read or made ({error.strerror})") from error
        if mode & _OTHERS:
            raise SessionKeyInvalid(str(path), f"others may read or change it (mode {mode:04o}); run chmod {OWNER_ALONE:o} on it")
        if len(key) != KEY_BYTES:
            raise SessionKeyInvalid(str(path), f"it has {len(key)} bytes instead of {KEY_BYTES}")
        return cls(key)

    @classmethod
    def in_memory(cls) -> "Seal":
        """Make a key that is gone with the process, and all that it sealed with it."""
        return cls(token_bytes(KEY_BYTES))

    def sealed(self, content: dict[str, Any], purpose: str) -> str:
        """Seal a JSON object for one purpose; it opens for no other."""
        nonce = token_bytes(_NONCE_BYTES)
        plain = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
        return urlsafe_b64encode(nonce + AESGCM(self._key).encrypt(nonce, plain, purpose.encode())).decode().rstrip("=")

    def opened(self, text: str, purpose: str) -> dict[str, Any] | None:
        """Return what was sealed for a purpose; none where it was not, not by this key, or was changed."""
        if len(text) > SEALED_MAX or not text.isascii():
            return None
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            plain = AESGCM(self._key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
            found = json.loads(zlib.decompressobj().decompress(plain, _PLAIN_MAX))
        except (InvalidTag, ValueError, zlib.error):
            return None
        return found if isinstance(found, dict) else None


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        file.write(token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
