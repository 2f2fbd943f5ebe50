"""The master key: one file, from which the keys for each purpose are derived."""

import os
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from stat import S_IMODE, S_ISREG

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.people.errors import KeyFileInvalid, KeyFileMissing
from domain.people.making import made_once

KEY_BYTES = 32
_FORMAT = b"lifecycle-key-v1"
_FILE_BYTES_MAX = 256
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key of a ledger's people. Its bytes are never shown."""

    _bytes: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path, *, create: bool) -> "MasterKey":
        """Read the key file, and make it if it is not there and may be made: for its owner alone.

        Raises:
            KeyFileMissing: it is not there.
            KeyFileInvalid: others may read it, it holds no key, or it cannot be read or made.
        """
        try:
            if create and not path.exists():
                _make(path)
            return cls(_read(path))
        except FileNotFoundError as error:
            raise KeyFileMissing(str(path)) from error
        except OSError as error:
            raise KeyFileInvalid(str(path), f"it cannot be read or made ({error.strerror})") from error

    @classmethod
    def in_memory(cls) -> "MasterKey":
        """Make a key that is gone with the process."""
        return cls(token_bytes(KEY_BYTES))

    def derive(self, purpose: str) -> bytes:
        """Return the 32 bytes that serve one purpose (HKDF with SHA-256); they tell nothing of the others."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"lifecycle-ledger {purpose}".encode()).derive(self._bytes)


def _make(path: Path) -> None:
    with made_once(path) as unfinished, unfinished.open("wb") as file:
        file.write(b"%s %s\n" % (_FORMAT, urlsafe_b64encode(token_bytes(KEY_BYTES))))
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise KeyFileInvalid(str(path), "it is no file")
    mode = S_IMODE(status.st_mode)
    if mode & _OTHERS:
        raise KeyFileInvalid(str(path), f"others may read or change it (mode {mode:04o}); run chmod 600 on it")
    with path.open("rb") as file:
        form, _, encoded = file.read(_FILE_BYTES_MAX).strip().partition(b" ")
    try:
        found = b64decode(encoded, altchars=b"-_", validate=True)
    except ValueError as error:
        raise KeyFileInvalid(str(path), "it holds no key") from error
    if form != _FORMAT or len(found) != KEY_BYTES:
        raise KeyFileInvalid(str(path), "it holds no key")
    return found
