"""Signed notes of C2SP (c2sp.org/signed-note): a text, and lines by which keys vouch for it. Ed25519 alone."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALGORITHM = b"\x01"
_HASH_LENGTH, _KEY_LENGTH, _SIGNATURE_LENGTH = 4, 32, 64
_NAME = re.compile(r"[^\s+]+")
_DASH = "\N{EM DASH} "


class NoteInvalid(ValueError):
    """A text is no signed note, or no key of one."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key by which a note can be checked."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that stand in a signature line, to tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + _ALGORITHM + self.public).digest()[:_HASH_LENGTH]

    def __str__(self) -> str:
        """Write it as C2SP does: `name+hash+key`."""
        return f"{self.name}+{self.hash.hex()}+{b64encode(_ALGORITHM + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "VerifyingKey":
        """Read what was written so.

        Raises:
            NoteInvalid: it is no such key.
        """
        name, _, rest = text.partition("+")
        hashed, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        if not _NAME.fullmatch(name) or len(key) != 1 + _KEY_LENGTH or key[:1] != _ALGORITHM:
            raise NoteInvalid("it is no Ed25519 key in the form name+hash+key")
        found = cls(name, key[1:])
        if hashed != found.hash.hex():
            raise NoteInvalid("its hash is not that of its name and key")
        return found

    def vouches(self, note: "Note") -> bool:
        """Tell whether a signature of this key is under a note, and right."""
        return any(self._signed(note.text, signature.bytes) for signature in note.signatures if self._made(signature))

    def _made(self, signature: "Signature") -> bool:
        return (signature.name, signature.hash) == (self.name, self.hash)

    def _signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs notes."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifying(self) -> VerifyingKey:
        """The key by which its signatures are checked."""
        return VerifyingKey(self.name, self.private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        """Show who signs, and nothing of the key."""
        return f"SigningKey({self.name!r})"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who says to have signed, and with what result."""

    name: str
    hash: bytes
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, which nobody has checked yet."""

    text: str
    """With the newline at its end; that is what is signed."""
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        """Write it."""
        lines = [f"{_DASH}{each.name} {b64encode(each.hash + each.bytes).decode()}\n" for each in self.signatures]
        return f"{self.text}\n{''.join(lines)}"

    @classmethod
    def read(cls, note: str) -> "Note":
        """Take a note apart.

        Raises:
            NoteInvalid: it is none.
        """
        text, between, lines = note.rpartition("\n\n")
        if not between or not lines.endswith("\n"):
            raise NoteInvalid("it has no text, an empty line and signatures after it")
        if any(ord(character) < ord(" ") and character != "\n" for character in note):
            raise NoteInvalid("it holds control characters")
        return cls(f"{text}\n", tuple(map(_signature, lines[:-1].split("\n"))))


def usable_name(name: str) -> bool:
    """Tell whether a key, or the origin of a log, can have a name: it has neither spaces nor a plus sign."""
    return bool(_NAME.fullmatch(name)) and name.isprintable()


def signed(text: str, keys: Iterable[SigningKey]) -> Note:
    """Sign a text, which ends in a newline, with each key."""
    made = [(key.verifying, key.private.sign(text.encode())) for key in keys]
    return Note(text, tuple(Signature(key.name, key.hash, signature) for key, signature in made))


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    found = _decoded(encoded)
    if not line.startswith(_DASH) or not _NAME.fullmatch(name) or len(found) <= _HASH_LENGTH:
        raise NoteInvalid("a line after the text is no signature")
    return Signature(name, found[:_HASH_LENGTH], found[_HASH_LENGTH:])


def _decoded(text: str) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise NoteInvalid("what should be base64 is none") from None
    if b64encode(found).decode() != text:
        raise NoteInvalid("what should be base64 is not written as it has to be")
    return found
