"""The notary: it signs what the log holds, and nothing that disagrees with what was signed before."""

from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock
from domain.proof.checkpoint import Checkpoint, TreeHead
from domain.proof.errors import KeysUnknown, NotConsistent, NothingToSign, OriginDiffers
from domain.proof.evidence import Evidence, KeptCheckpoint, Snapshot
from domain.proof.merkle import root
from domain.proof.notes import Note, NoteInvalid, signed
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads

ATTEMPTS_MAX = 5
"""How often another process may be faster."""

ORIGIN_HASH_DIGITS = 32


@dataclass(frozen=True)
class Notary:
    """Makes the checkpoints of one ledger. Blocking."""

    evidence: Evidence
    keyring: Keyring
    clock: Clock
    heads: StreamHeads
    origin: str | None = None
    """None: the ledger's own, by the hash of its first entry."""
    unvouched: bool = False
    """Whether keys may sign for which no earlier one vouches: those were lost."""

    def checkpoint(self) -> KeptCheckpoint:
        """Sign what the log holds now; where nothing was added since the last checkpoint, and the keys are the same, return that.

        Raises:
            NothingToSign: there are no entries.
            NotConsistent: the log is not what the last checkpoint says; nothing is signed.
            KeysUnknown: none of the keys signed before.
        OriginDiffers: the last checkpoint names another origin than the one that is set.
            StoreFault: the database cannot answer, or take it.
        """
        for _ in range(ATTEMPTS_MAX):
            made = self.evidence.at_one_moment(self._made)
            if isinstance(made, KeptCheckpoint):
                return made
            last, size, note = made
            number = (last.number if last else 0) + 1
            if self.evidence.keep_checkpoint(number, size, note):
                return KeptCheckpoint(number, size, note)
        return self.evidence.at_one_moment(lambda snapshot: _sure(snapshot.last_checkpoint()))

    def _made(self, snapshot: Snapshot) -> KeptCheckpoint | tuple[KeptCheckpoint | None, int, str]:
        """Return a note to keep after the last checkpoint, or that one where it says all."""
        entries, commands, last = snapshot.entries(), snapshot.commands(), snapshot.last_checkpoint()
        if entries.size == 0:
            raise NothingToSign
        before = _agreed(snapshot, last, entries) if last else None
        origin = self._origin(snapshot, before)
        keys = self.keyring.named(origin)
        published = tuple(key.verifying for key in keys)
        if before and not self.unvouched and not set(before.keys) & set(published):
            raise KeysUnknown
        if last and before and (before.entries, before.commands, tuple(before.keys)) == (entries, commands, published):
            return last
        streams = self.heads.at(snapshot, entries.size)
        checkpoint = Checkpoint(origin, entries, commands, TreeHead(streams.count, streams.root), self._now(before), published)
        return last, entries.size, str(signed(str(checkpoint), keys))

    def _origin(self, snapshot: Snapshot, before: Checkpoint | None) -> str:
        if before is None:
            return self.origin or f"lifecycle-ledger/{snapshot.entry_nodes()(0, 0).hex()[:ORIGIN_HASH_DIGITS]}"
        if self.origin and self.origin != before.origin:
            raise OriginDiffers(before.origin, self.origin)
        return before.origin

    def _now(self, before: Checkpoint | None) -> datetime:
        return max(self.clock(), before.made_at) if before else self.clock()


def _agreed(snapshot: Snapshot, last: KeptCheckpoint, entries: TreeHead) -> Checkpoint:
    """Return what was signed last, if the log is what it says."""
    try:
        before = Checkpoint.read(Note.read(last.note).text)
    except NoteInvalid as error:
        raise NotConsistent(last.number, last.size, str(error)) from error
    if not 0 < before.entries.size <= entries.size:
        raise NotConsistent(last.number, before.entries.size, f"the log has {entries.size} entries")
    if root(before.entries.size, snapshot.entry_nodes()) != before.entries.root:
        raise NotConsistent(last.number, before.entries.size, "the hash over its entries is another")
    return before


def _sure(last: KeptCheckpoint | None) -> KeptCheckpoint:
    assert last is not None, "another process has just kept one"  # noqa: S101
    return last
