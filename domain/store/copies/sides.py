"""What a copy asks of a store: to read it as it stands, and to write rows that are the same."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from domain.events import Position
from domain.proof.evidence import KeptCheckpoint, StoredEntry
from domain.store.contract import Kept


class Sizes(NamedTuple):
    """How much a ledger holds, at one moment; what is counted never shrinks."""

    entries: int = 0
    commands: int = 0
    checkpoints: int = 0
    timestamps: int = 0


class Roots(NamedTuple):
    """The roots of the entries' and the commands' trees."""

    entries: bytes
    commands: bytes


class Timestamp(NamedTuple):
    """What an authority said of a checkpoint."""

    number: int
    checkpoint: int
    token: bytes


class Source(Protocol):
    """A ledger that is read. Rows that are counted once stay as they are."""

    name: str

    def sizes(self) -> Sizes:
        """Return how much it holds."""

    def roots(self, sizes: Sizes) -> Roots:
        """Return the roots of the trees at these sizes."""

    def entries(self, after: Position, upto: Position, limit: int) -> Sequence[StoredEntry]:
        """Return the next entries."""

    def commands(self, after: int, upto: int, position: Position, limit: int) -> Sequence[Kept]:
        """Return the next commands by their numbers in the tree, those that were kept up to a position of the log."""

    def checkpoints(self, after: int, upto: int, limit: int) -> Sequence[KeptCheckpoint]:
        """Return the next checkpoints."""

    def timestamps(self, after: int, upto: int, limit: int) -> Sequence[Timestamp]:
        """Return the next timestamps."""

    def close(self) -> None:
        """Let go of it."""


class Part(NamedTuple):
    """What is written in one transaction."""

    entries: Sequence[StoredEntry] = ()
    commands: Sequence[Kept] = ()
    checkpoints: Sequence[KeptCheckpoint] = ()
    timestamps: Sequence[Timestamp] = ()


class Target(Source, Protocol):
    """A ledger that is written."""

    def write(self, before: Sizes, part: Part, roots: Roots) -> bool:
        """Write rows after what it holds, all or none; false where it holds another number of them, or would come to other roots."""
