"""The course of an export: what may follow in it, and what it comes to. Whoever writes one and whoever reads one go by it."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable

from domain.proof.checkpoint import Checkpoint, TreeHead
from domain.proof.export_lines import FORMAT, Kind, LineInvalid, Row
from domain.proof.leaves import command_leaf, entry_leaf
from domain.proof.merkle import Growing, leaf_hash
from domain.proof.notes import Note, NoteInvalid

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_NUMBERED = frozenset({Kind.ENTRY, Kind.COMMAND, Kind.CHECKPOINT, Kind.TIMESTAMP})
_PEOPLE = (Kind.PEOPLE_KEY, Kind.PERSON, Kind.CARD, Kind.WEBHOOK)
_RECORDED_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class Course:
    """An export as far as it has come. Every row is refused, as LineInvalid, that does not follow from those before it."""

    def __init__(self, schema: int) -> None:
        """Begin; `schema` is the version of the tables that this software writes."""
        self._schema = schema
        self._counts: Counter[Kind] = Counter()
        self._last: Kind | None = None
        self._entries, self._commands = Growing(), Growing()
        self._origin: str | None = None
        self._position = 0
        self._recorded_at = ""
        self._checkpoint: Checkpoint | None = None
        self._checks: dict[Kind, Callable[..., bytes]] = {
            Kind.HEADER: self._header,
            Kind.ENTRY: self._entry,
            Kind.COMMAND: self._command,
            Kind.CHECKPOINT: self._note,
            Kind.TIMESTAMP: self._timestamp,
            Kind.END: self._end,
        }

    @property
    def ended(self) -> bool:
        """Whether its closing line has come."""
        return self._last is Kind.END

    def add(self, kind: Kind, row: Row) -> bytes:
        """Take the next row; return the hashes that it adds to a tree, none where it adds to none.

        Raises:
            LineInvalid: it does not follow.
        """
        if self._misplaced(kind):
            raise LineInvalid(f"nothing of the kind {kind} can stand here")
        self._last = kind
        self._counts[kind] += 1
        if kind in _NUMBERED and row[0] != self._counts[kind]:
            raise LineInvalid(f"it should be {kind} {self._counts[kind]}, and is {row[0]}")
        check = self._checks.get(kind)
        return check(*row) if check else b""

    def end(self) -> Row:
        """Return the closing row: all counts, and the roots of both trees."""
        counts = self._counts
        people = sum(counts[kind] for kind in _PEOPLE)
        trees = [part for head in self.heads for part in (head.size, b64encode(head.root).decode())]
        return (*trees, counts[Kind.CHECKPOINT], counts[Kind.TIMESTAMP], people)

    @property
    def heads(self) -> tuple[TreeHead, TreeHead]:
        """The trees of the entries and of the commands, as far as it has come."""
        return TreeHead(self._entries.size, self._entries.root()), TreeHead(self._commands.size, self._commands.root())

    def _misplaced(self, kind: Kind) -> bool:
        if self._last is None or kind is Kind.HEADER:
            return (self._last is None) != (kind is Kind.HEADER)
        return self.ended or _ORDER[kind] < _ORDER[self._last]

    def _header(self, name: str, schema: int, origin: str | None, position: int) -> bytes:
        if name != FORMAT:
            raise LineInvalid(f"this software reads the format {FORMAT} alone")
        if schema > self._schema:
            raise LineInvalid(f"a later version of the software wrote it: schema version {schema}, and this one knows up to {self._schema}")
        self._origin, self._position = origin, position
        return b""

    def _entry(self, position: int, stream: str, version: int, topic: str, recorded_at: str, actor: str, state: bytes) -> bytes:
        if position > self._position:
            raise LineInvalid(f"by its first line, the export ends with entry {self._position}")
        if not 0 < version <= position:
            raise LineInvalid("no entry can have this version here")
        if not _RECORDED_AT.fullmatch(recorded_at) or recorded_at <= self._recorded_at:
            raise LineInvalid("its recorded_at is none, or not later than that of the entry before it")
        self._recorded_at = recorded_at
        leaf = entry_leaf(position=position, stream=stream, version=version, topic=topic, recorded_at=recorded_at, actor=actor, state=state)
        return self._entries.append(leaf_hash(leaf))

    def _command(self, number: int, key: str, fingerprint: str, answer: bytes, position: int) -> bytes:
        if not 0 <= position <= self._entries.size:
            raise LineInvalid(f"there is no entry {position}")
        return self._commands.append(
            leaf_hash(command_leaf(number=number, key=key, fingerprint=fingerprint, answer=answer, position=position))
        )

    def _note(self, number: int, size: int, note: str) -> bytes:
        del number
        found = _vouched(note)
        if found.origin != self._origin or found.entries.size != size:
            raise LineInvalid("its note is of another ledger, or of another size")
        before = self._checkpoint
        if before and (size < before.entries.size or found.commands.size < before.commands.size):
            raise LineInvalid("it is of fewer entries or commands than the one before it")
        if not 0 < size <= self._entries.size or found.commands.size > self._commands.size:
            raise LineInvalid("it is of more entries or commands than there are")
        self._checkpoint = found
        return b""

    def _timestamp(self, number: int, checkpoint: int, token: bytes) -> bytes:
        del number
        if not 0 < checkpoint <= self._counts[Kind.CHECKPOINT] or not token:
            raise LineInvalid("it is of no checkpoint that is there, or empty")
        return b""

    def _end(self, *row: object) -> bytes:
        if row != self.end() or self._entries.size != self._position:
            raise LineInvalid("its counts and roots are not those of the lines before it")
        return b""


def _vouched(note: str) -> Checkpoint:
    try:
        read = Note.read(note)
        found = Checkpoint.read(read.text)
    except NoteInvalid as error:
        raise LineInvalid(f"its note is no checkpoint: {error}") from error
    if not any(key.vouches(read) for key in found.keys):
        raise LineInvalid("none of the keys that its note names has signed it")
    return found
