"""The notary of an open ledger."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from api.proving.settings import proof_settings, signing_key_path
from domain.ledger import Ledger
from domain.proof.errors import BeyondCheckpoint, OriginInvalid
from domain.proof.evidence import Evidence, KeptCheckpoint
from domain.proof.notary import Notary
from domain.proof.notes import usable_name
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.store.errors import StoreReadOnly


@dataclass(frozen=True)
class Proving:
    """What proves a ledger's answers. The keys are read when they are needed. Blocking."""

    ledger: Ledger
    path: Path | None
    """The ledger's file; none for one in memory, whose key is gone with it."""
    heads: StreamHeads

    @property
    def evidence(self) -> Evidence:
        """What the ledger's store gives to prove things with."""
        return self.ledger.store.evidence

    def checkpoint(self, *, unvouched: bool = False) -> KeptCheckpoint:
        """Sign what the log holds now, unless the last checkpoint says the same.

        Raises:
            SigningKeyInvalid: the signing key cannot be used or made.
            LedgerError: see `domain.proof.notary.Notary.checkpoint`.
        """
        origin = proof_settings().origin
        if origin and not usable_name(origin):
            raise OriginInvalid(origin)
        keyring = Keyring.load(signing_key_path(self.path), create=True) if self.path else self._in_memory
        return Notary(self.evidence, keyring, self.ledger.clock, self.heads, origin, unvouched=unvouched).checkpoint()

    def last(self) -> KeptCheckpoint | None:
        """Return the checkpoint that was made last."""
        return self.evidence.at_one_moment(lambda snapshot: snapshot.last_checkpoint())

    def covering(self, position: int) -> KeptCheckpoint:
        """Return a checkpoint that covers a position: the last one, else a new one.

        Raises:
            BeyondCheckpoint: none does, and the ledger can only be read here.
            LedgerError: none can be made.
        """
        last = self.last()
        if last and position <= last.size:
            return last
        try:
            return self.checkpoint()
        except StoreReadOnly:
            if last is None:
                raise
            raise BeyondCheckpoint(position, last.size) from None

    @cached_property
    def _in_memory(self) -> Keyring:
        return Keyring.in_memory()


def proving_of(ledger: Ledger, path: Path | None) -> Proving:
    """Return what proves a ledger's answers."""
    return Proving(ledger, path, StreamHeads())
