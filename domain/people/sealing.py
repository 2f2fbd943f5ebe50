"""Sealing: AES-GCM under a key of its own for each person, which is itself sealed under the master's.

What is sealed is bound to the id for which it was: moved to another row, it does not open.
"""

import hmac
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.people.keys import KEY_BYTES, MasterKey

_NONCE_BYTES = 12


class NotSealedHere(Exception):
    """Bytes that were not sealed under this key for this id, or were changed since."""


def seal(key: bytes, content: bytes, bound_to: str) -> bytes:
    """Encrypt content; a random nonce stands before it."""
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Return what `seal` was given.

    Raises:
        NotSealedHere: it was not sealed so.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError, TypeError) as error:
        raise NotSealedHere from error


class Sealer:
    """The master's part in it: it wraps the keys of people, and finds people by what must not be stored in clear."""

    def __init__(self, master: MasterKey) -> None:
        self._wrapping = master.derive("wrapping")
        self._looking_up = master.derive("look-up")
        self.check = master.derive("check")
        """What a file remembers, to know its key again."""

    def new_key(self, bound_to: str) -> tuple[bytes, bytes]:
        """Make a key, and return it with its wrapped form."""
        key = token_bytes(KEY_BYTES)
        return key, seal(self._wrapping, key, f"key {bound_to}")

    def unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        """Return a wrapped key.

        Raises:
            NotSealedHere: it was not wrapped here for this id.
        """
        return unseal(self._wrapping, wrapped, f"key {bound_to}")

    def digest(self, kind: str, text: str) -> bytes:
        """Return what stands for a text: equal for equal texts, and whoever has not the key learns nothing from it."""
        return hmac.digest(self._looking_up, f"{kind} {text}".encode(errors="surrogatepass"), sha256)

    def look_up(self, kind: str, text: str) -> bytes:
        """Return what stands for a text in an index, whatever its case and the white space around it."""
        return self.digest(kind, text.strip().casefold())
