"""What can go wrong where something is to be proven."""

from dataclasses import dataclass

from domain.errors import LedgerError, shown
from domain.events import Position


@dataclass(eq=False)
class SigningKeyMissing(LedgerError):
    """There is no signing key where one is needed."""

    path: str

    @property
    def sentence(self) -> str:
        return f"There is no signing key at {self.path}. Put it back, or name it by LIFECYCLE_SIGNING_KEY_FILE."


@dataclass(eq=False)
class SigningKeyInvalid(LedgerError):
    """A file that holds no signing key, or that others may read."""

    path: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"The signing key {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class NothingToSign(LedgerError):
    """A checkpoint of a ledger without entries."""

    @property
    def sentence(self) -> str:
        return "The ledger has no entries yet. Record something, then make a checkpoint."


@dataclass(eq=False)
class NoTrees(LedgerError):
    """A ledger that an earlier version of the software wrote, without trees."""

    @property
    def sentence(self) -> str:
        return "The ledger has no trees to prove anything with. Copy the file, then run lifecycle db upgrade."


@dataclass(eq=False)
class NotConsistent(LedgerError):
    """The log is not what was signed before: nothing more is signed."""

    number: int
    size: int
    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"Checkpoint {self.number}, of {self.size} entries, does not agree with the ledger: {self.reason}. Nothing is signed. "
            "Keep the file as it is, and run lifecycle verify."
        )


@dataclass(eq=False)
class KeysUnknown(LedgerError):
    """Signing keys for which none that signed before vouches."""

    @property
    def sentence(self) -> str:
        return (
            "The signing keys are not among those of the last checkpoint, so nobody could know that they are this ledger's. Put the old "
            "key back, and add a new one to it; if it is lost, make one checkpoint that nobody vouches for, and tell those who keep them."
        )


@dataclass(eq=False)
class OriginInvalid(LedgerError):
    """An origin that no checkpoint can have."""

    origin: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.origin)} cannot be an origin. Write it like ledger.example/models, without spaces or plus signs."


@dataclass(eq=False)
class OriginDiffers(LedgerError):
    """A ledger whose checkpoints name another origin than the one that is set."""

    signed: str
    wanted: str

    @property
    def sentence(self) -> str:
        return f"This ledger's checkpoints are those of {shown(self.signed)}, not of {shown(self.wanted)}. Unset LIFECYCLE_ORIGIN."


@dataclass(eq=False)
class BeyondCheckpoint(LedgerError):
    """What lies after the last checkpoint, where no new one can be made."""

    position: Position
    size: int

    @property
    def sentence(self) -> str:
        return (
            f"The last checkpoint is of {self.size} entries, and entry {self.position} came after it. Make a new one: lifecycle checkpoint."
        )
