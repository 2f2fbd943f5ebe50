"""The keys that sign checkpoints: a file of Ed25519 private keys (PKCS#8, PEM), the oldest first. While keys change, all of them sign."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE, S_ISREG

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from domain.people.making import OWNER_ALONE, made_once
from domain.proof.errors import SigningKeyInvalid, SigningKeyMissing
from domain.proof.notes import SigningKey

KEYS_MAX = 8
_FILE_BYTES_MAX = 65_536
_OTHERS = 0o077
_BLOCK = re.compile(rb"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a ledger. They are never shown."""

    _keys: tuple[Ed25519PrivateKey, ...] = field(repr=False)

    @classmethod
    def load(cls, path: Path, *, create: bool) -> "Keyring":
        """Read the file, and make it with a first key if it is not there and may be made: for its owner alone.

        Raises:
            SigningKeyMissing: it is not there.
            SigningKeyInvalid: others may read it, it holds no key, or it cannot be read or made.
        """
        try:
            if create and not path.exists():
                with made_once(path) as unfinished:
                    _fill(unfinished, Ed25519PrivateKey.generate())
            return cls(_read(path))
        except FileNotFoundError as error:
            raise SigningKeyMissing(str(path)) from error
        except OSError as error:
            raise SigningKeyInvalid(str(path), f"it cannot be read or made ({error.strerror})") from error

    @classmethod
    def in_memory(cls) -> "Keyring":
        """Make a key that is gone with the process."""
        return cls((Ed25519PrivateKey.generate(),))

    def named(self, name: str) -> tuple[SigningKey, ...]:
        """Return the keys, to sign in a ledger's name."""
        return tuple(SigningKey(name, key) for key in self._keys)


def add_key(path: Path) -> Keyring:
    """Add a new key to a file: from now on it and those before it sign, and all are published.

    Raises:
        SigningKeyMissing: the file is not there.
        SigningKeyInvalid: it cannot be used, or holds too many keys.
    """
    found = _existing(path)
    if len(found) >= KEYS_MAX:
        raise SigningKeyInvalid(str(path), f"it holds {len(found)} keys already; retire the old ones first")
    return _replaced(path, (*found, Ed25519PrivateKey.generate()))


def retire_keys(path: Path) -> Keyring:
    """Leave only the newest key in a file: make a checkpoint before, so that the old ones have vouched for it.

    Raises:
        SigningKeyMissing: the file is not there.
        SigningKeyInvalid: it cannot be used.
    """
    return _replaced(path, _existing(path)[-1:])


def _existing(path: Path) -> tuple[Ed25519PrivateKey, ...]:
    Keyring.load(path, create=False)  # For its errors.
    return _read(path)


def _replaced(path: Path, keys: tuple[Ed25519PrivateKey, ...]) -> Keyring:
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
    try:
        _fill(unfinished, *keys)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Keyring(keys)


def _fill(path: Path, *keys: Ed25519PrivateKey) -> None:
    with path.open("wb") as file:
        for key in keys:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> tuple[Ed25519PrivateKey, ...]:
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise SigningKeyInvalid(str(path), "it is no file")
    mode = S_IMODE(status.st_mode)
    if mode & _OTHERS:
        raise SigningKeyInvalid(str(path), f"others may read or change it (mode {mode:04o}); run chmod 600 on it")
    with path.open("rb") as file:
        content = file.read(_FILE_BYTES_MAX)
    blocks = _BLOCK.findall(content)
    if not blocks or b"".join(blocks) != content:
        raise SigningKeyInvalid(str(path), "it holds no private key in PEM, or something else besides")
    return tuple(_key(path, block) for block in blocks)


def _key(path: Path, block: bytes) -> Ed25519PrivateKey:
    try:
        found = load_pem_private_key(block, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise SigningKeyInvalid(str(path), "it holds a key that is no Ed25519 private key")
    return found
