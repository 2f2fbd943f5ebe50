"""Checkpoints: what the log held at a size, in the form of C2SP (c2sp.org/tlog-checkpoint), to be signed as a note.

After origin, size and root come lines of our own: the trees of commands and of streams, when it was made, and the keys that are published.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.instants import format_instant
from domain.proof.merkle import HASH_LENGTH
from domain.proof.notes import NoteInvalid, VerifyingKey

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")
_LINES_MIN = 7


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree at a size."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log held."""

    origin: str
    entries: TreeHead
    commands: TreeHead
    streams: TreeHead
    made_at: datetime
    keys: Sequence[VerifyingKey]
    """Those that are published: whoever trusts one of the signatures may trust them from now on."""

    def __str__(self) -> str:
        """Write the text of the note."""
        lines = (
            self.origin,
            str(self.entries.size),
            _base64(self.entries.root),
            f"commands {self.commands.size} {_base64(self.commands.root)}",
            f"streams {self.streams.size} {_base64(self.streams.root)}",
            f"time {format_instant(self.made_at)}",
            *(f"key {key}" for key in self.keys),
        )
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read the text of a note.

        Raises:
            NoteInvalid: it is no checkpoint of such a ledger.
        """
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < _LINES_MIN or not all(lines):
            raise NoteInvalid("it has not the lines of a checkpoint of a lifecycle ledger")
        origin, size, root, commands, streams, time, *keys = lines
        return cls(
            origin,
            _head(f"{size} {root}"),
            _head(_after("commands", commands)),
            _head(_after("streams", streams)),
            _instant(_after("time", time)),
            tuple(VerifyingKey.read(_after("key", line)) for line in keys),
        )


def _base64(hashed: bytes) -> str:
    return b64encode(hashed).decode()


def _after(word: str, line: str) -> str:
    found, _, rest = line.partition(" ")
    if found != word:
        raise NoteInvalid(f"it has no line {word!r} where it should be")
    return rest


def _head(text: str) -> TreeHead:
    size, _, encoded = text.partition(" ")
    try:
        root = b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        root = b""
    if not _NUMBER.fullmatch(size) or len(root) != HASH_LENGTH or _base64(root) != encoded:
        raise NoteInvalid("a size, or the hash after it, is not written as it has to be")
    return TreeHead(int(size), root)


def _instant(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise NoteInvalid("its time is not written as it has to be")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NoteInvalid("its time does not exist") from None
