"""Receipts: what a command's sender is told, the first time and every time it asks again."""

from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from domain.changes import Change
from domain.events import Position
from domain.instants import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReceipt:
    """What became of one published row."""

    position: Position | None
    """The claim that it became; null where nothing changed."""
    changes: tuple[Change, ...]
    disputed: bool = False
    """The source's last document had several rows about this scope, and they disagreed."""
    refused: str | None = None
    """Why it could not be recorded, if it could not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a command appended."""

    positions: tuple[Position, ...]
    recorded_at: Instant | None
    """When the last of its entries was recorded; null where there was nothing to append."""
    version: int
    """The last version of the command's stream."""
    rows: tuple[RowReceipt, ...] = ()
    observed: bool = False
    """Whether the reading of a page was recorded; it is not where the same document was read before on that day."""

    runs: tuple[Position, ...] = ()
    """The notification runs that it opened, by which people are told."""

    replayed: bool = field(default=False, compare=False)
    """The command had been carried out before, and this is its first receipt; not kept with it."""

    @property
    def position(self) -> Position | None:
        """The last position that it appended, with the runs that it opened: whoever has seen it has seen all of them."""
        return max((*self.positions, *self.runs), default=None)

    def to_json(self) -> bytes:
        """Write it as it is kept with its command."""
        return _JSON.dump_json(self, exclude={"replayed"})

    @staticmethod
    def from_json(kept: bytes) -> "Receipt":
        """Read what `to_json` wrote."""
        return replace(_JSON.validate_json(kept), replayed=True)


_JSON = TypeAdapter(Receipt)
