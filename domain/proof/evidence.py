"""What a store gives to prove things with: the trees, the stored bytes, and the checkpoints that were kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.proof.merkle import Nodes
from domain.proof.stream_map import StreamHead

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry of the log as it is stored, column by column; the fields are those of its leaf."""

    position: Position
    stream: str
    version: int
    topic: str
    recorded_at: str
    actor: str
    state: bytes


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that was made."""

    number: int
    """The first is 1."""
    size: int
    note: str


class Snapshot(Protocol):
    """The log as it was committed at one moment."""

    def entries(self) -> TreeHead:
        """Return the tree of the entries."""

    def commands(self) -> TreeHead:
        """Return the tree of the commands."""

    def entry_nodes(self) -> Nodes:
        """Return the reader of the nodes of the entries' tree."""

    def stored(self, stream: str, upto: Position) -> Sequence[StoredEntry]:
        """Return the entries of a stream up to a position, in order."""

    def stored_at(self, position: Position) -> StoredEntry | None:
        """Return the entry at a position."""

    def stream_heads(self, after: Position, upto: Position) -> Iterable[StreamHead]:
        """Return where the streams end that grew after a position, as of another."""

    def last_checkpoint(self) -> KeptCheckpoint | None:
        """Return the one that was made last."""

    def checkpoints(self, after: int, limit: int) -> Sequence[KeptCheckpoint]:
        """Return those that follow a number, in order."""


class Evidence(Protocol):
    """The part of a store that proves."""

    def at_one_moment(self, question: Callable[[Snapshot], T]) -> T:
        """Answer a question from one moment of the log.

        Raises:
            NoTrees: the ledger is of an earlier version, and has none.
            StoreFault: the database cannot answer.
        """

    def keep_checkpoint(self, number: int, size: int, note: str) -> bool:
        """Keep a checkpoint; false where another was kept under its number meanwhile.

        Raises:
            StoreFault: the database cannot take it.
        """
