"""The master key: one file, from which the keys for each purpose are derived."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes, token_hex
from stat import S_IMODE

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.people.errors import KeyFileInvalid, KeyFileMissing

KEY_BYTES = 32
_FORMAT = "lifecycle-key-v1"
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
            KeyFileInvalid: others may read it, or it holds no key.
        """
        if not path.exists():
            if not create:
                raise KeyFileMissing(str(path))
            _make(path)
        return cls(_read(path))

    @classmethod
    def in_memory(cls) -> "MasterKey":
        """Make a key that is gone with the process."""
        return cls(token_bytes(KEY_BYTES))

    def derive(self, purpose: str) -> bytes:
        """Return the 32 bytes that serve one purpose (HKDF with SHA-256); they tell nothing of the others."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"lifecycle-ledger {purpose}".encode()).derive(self._bytes)


def _make(path: Path) -> None:
    """Make the file whole or not at all; where two make it at once, one of them does."""
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{_FORMAT} {urlsafe_b64encode(token_bytes(KEY_BYTES)).decode()}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
    except OSError as error:
        raise KeyFileInvalid(str(path), f"it cannot be made ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        mode = S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            raise KeyFileInvalid(str(path), f"others may read it (mode {mode:04o}); run chmod 600 on it")
        text = path.read_text("ascii")
    except OSError as error:
        raise KeyFileInvalid(str(path), f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise KeyFileInvalid(str(path), "it holds no key") from error
    form, _, encoded = text.strip().partition(" ")
    try:
        found = urlsafe_b64decode(encoded)
    except (NotBase64, ValueError) as error:
        raise KeyFileInvalid(str(path), "it holds no key") from error
    if form != _FORMAT or len(found) != KEY_BYTES:
        raise KeyFileInvalid(str(path), "it holds no key")
    return found
