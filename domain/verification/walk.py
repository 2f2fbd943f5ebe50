"""The walk through a log: every stored byte is hashed anew, and compared with the tree and with what was signed.

Rows are taken as they are: texts as bytes, whatever type a column has. Both walks are one loop each, for they have to be quick.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from re import compile as pattern
from struct import Struct
from typing import Any

from domain.proof.merkle import Growing
from domain.proof.stream_map import StreamHead, StreamMap
from domain.verification.signed import Signed
from domain.verification.verdicts import Fault, Found, Verdict, tampered, truncated

EntryRows = Iterable[tuple[Any, ...]]
"""Position, stream, version, topic, recorded_at, actor, state; the event's own stream and version; the hashes that were kept; and whether
all columns have the types that they were written with."""
CommandRows = Iterable[tuple[Any, ...]]
"""Number, key, fingerprint, answer, position; the hashes that were kept; and whether all columns have their types."""

Progress = Callable[[int], None]

_LENGTH = Struct(">Q").pack
_ENTRY, _COMMAND = b"\0lifecycle-ledger/entry/v1\n", b"\0lifecycle-ledger/command/v1\n"
_RECORDED_AT = pattern(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
_LOOK = 10_000
"""Entries between two words of progress."""


def walk_entries(rows: EntryRows, signed: Sequence[Signed], progress: Progress) -> int:
    """Check all entries, and the checkpoints' roots over them; return how many there are.

    Raises:
        Found: the first thing that is wrong.
    """
    tree, roots = Growing(), _Roots(signed)
    versions, before, due = dict[bytes, int](), b"", roots.due
    for expected, row in enumerate(rows, start=1):
        position, stream, version, topic, recorded_at, actor, state, event_stream, event_version, hashes, typed = row
        if position != expected:
            raise tampered("ledger_entries", expected, "it is missing")
        if not typed or type(version) is not int:
            raise _of_other_types(row)
        if event_stream != stream or event_version != version:
            raise tampered("stored_events", expected, "it belongs to another stream or version than its entry")
        if tree.append(_hashed(_ENTRY, b"%d" % position, stream, b"%d" % version, topic, recorded_at, actor, state)) != hashes:
            raise tampered("ledger_nodes", expected, "its hash is not that of the entry as it is stored")
        if version != versions.get(stream, 0) + 1 or recorded_at <= before or not _RECORDED_AT(recorded_at):
            raise tampered("ledger_entries", expected, "its version, or its recorded_at, does not follow the one before")
        versions[stream], before = version, recorded_at
        roots.grown[stream] = version, position
        if expected == due:
            due = roots.check(tree)
        if not expected % _LOOK:
            progress(expected)
    roots.check_nothing_is_left(tree.size)
    return tree.size


class _Roots:
    """The checkpoints that are still ahead, and what has grown since the last one that agreed."""

    def __init__(self, signed: Sequence[Signed]) -> None:
        self.grown: dict[bytes, tuple[int, int]] = {}
        self._ahead = sorted(signed, key=lambda each: each.checkpoint.entries.size, reverse=True)
        self._streams = StreamMap()
        self._agreed = 0

    @property
    def due(self) -> int | None:
        """The size of the log at which the next checkpoint was made."""
        return self._ahead[-1].checkpoint.entries.size if self._ahead else None

    def check(self, tree: Growing) -> int | None:
        """Compare the checkpoints of the tree's size with it, and return the size of the next one."""
        try:
            heads = [StreamHead(stream.decode(), *head) for stream, head in self.grown.items()]
        except UnicodeDecodeError as error:
            raise tampered("ledger_entries", self._agreed + 1, "a stream after this entry has a name that is no text") from error
        self._streams, self.grown = self._streams.with_heads(heads), {}
        while self.due == tree.size:
            self._compare(self._ahead.pop(), tree)
        self._agreed = tree.size
        return self.due

    def check_nothing_is_left(self, entries: int) -> None:
        """Find the log truncated where a checkpoint covers more than it has."""
        if self._ahead:
            most = self._ahead[0]
            reason = f"{named(most)} covers {most.checkpoint.entries.size} entries, and {entries} are left"
            raise truncated("ledger_entries", entries + 1, reason)

    def _compare(self, signed: Signed, tree: Growing) -> None:
        checkpoint = signed.checkpoint
        if checkpoint.entries.root != tree.root():
            reason = f"{named(signed)} signed other entries, somewhere after entry {self._agreed} and up to {tree.size}"
            raise Found(Fault(Verdict.TAMPERED, reason, "ledger_entries", self._agreed + 1))
        if (checkpoint.streams.size, checkpoint.streams.root) != (self._streams.count, self._streams.root):
            raise tampered("checkpoints", signed.number, f"{named(signed)} signed another map of streams")


def walk_commands(rows: CommandRows, signed: Sequence[Signed], entries: int) -> int:
    """Check all commands that were kept, and the checkpoints' roots over them; return how many there are.

    Raises:
        Found: the first thing that is wrong.
    """
    ahead = sorted(signed, key=lambda each: each.checkpoint.commands.size, reverse=True)
    tree = Growing()
    for expected, (number, key, fingerprint, answer, position, hashes, typed) in enumerate(rows, start=1):
        if number != expected:
            raise tampered("command_nodes", expected, "it is missing")
        if not typed or type(position) is not int or not 0 <= position <= entries:
            raise tampered("command_keys", expected, "the command is missing, or has columns of other types")
        if tree.append(_hashed(_COMMAND, b"%d" % number, key, fingerprint, answer, b"%d" % position)) != hashes:
            raise tampered("command_keys", expected, "its hash is not that of the command as it is stored")
        while ahead and ahead[-1].checkpoint.commands.size <= expected:
            head = ahead.pop()
            if head.checkpoint.commands.size == expected and head.checkpoint.commands.root != tree.root():
                raise tampered("command_keys", None, f"{named(head)} signed other commands")
    if ahead and ahead[0].checkpoint.commands.size > tree.size:
        reason = f"{named(ahead[0])} covers {ahead[0].checkpoint.commands.size} commands, and {tree.size} are left"
        raise truncated("command_nodes", tree.size + 1, reason)
    return tree.size


def named(signed: Signed) -> str:
    """Name a checkpoint."""
    return f"checkpoint {signed.number}" if signed.number else "the checkpoint that was kept elsewhere"


def _of_other_types(row: tuple[Any, ...]) -> Found:
    position, _, version, topic, _, _, state, event_stream, _, hashes, _ = row
    if topic is None and state is None and event_stream is None:
        return tampered("stored_events", position, "it is missing")
    if hashes is None:
        return tampered("ledger_nodes", position, "it is missing")
    return tampered("stored_events" if type(version) is int else "ledger_entries", position, "it, or its entry, has columns of other types")


def _hashed(kind: bytes, *fields: bytes) -> bytes:
    return sha256(kind + b"".join([_LENGTH(len(field)) + field for field in fields])).digest()
