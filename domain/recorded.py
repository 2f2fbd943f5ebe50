"""An event with its place in the ledger: what every rule and every view reads."""

from dataclasses import dataclass
from datetime import datetime

from domain.events import Event, Position


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as this ledger holds it."""

    position: Position
    stream: str
    version: int
    """Place within its stream, counted from 1."""
    recorded_at: datetime
    """When this ledger took it in; strictly increasing with the position."""
    actor: str
    """Who appended it."""
    event: Event


@dataclass(frozen=True, slots=True)
class Outline:
    """An entry's place in the ledger, without its event: what is enough to know which streams there are, at a tenth of the price."""

    position: Position
    stream: str
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log. Position 0 and no instant while it is empty."""

    position: Position
    recorded_at: datetime | None
