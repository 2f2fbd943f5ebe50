"""How far each view has come. Its row is written in the transaction that writes the view's rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Table, bindparam, delete, insert, select

from domain.events import Position
from domain.instants import parse_instant
from domain.store.contract import Store
from projections.tables.columns import TEXT, optional_instant

TABLE = Table(
    "view_checkpoints",
    MetaData(),
    Column("view", TEXT, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("recorded_at", TEXT),
    Column("stopped_at", Integer),
    Column("reason", TEXT),
)

# Made once: making a statement takes longer than running it.
_READ = select(*TABLE.c[1:]).where(TABLE.c.view == bindparam("name"))
_FORGET = delete(TABLE).where(TABLE.c.view == bindparam("name"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What of the log is in a view."""

    position: Position = 0
    """The last entry that it has taken in, of whatever stream."""
    recorded_at: datetime | None = None
    """When that entry was recorded; none at the beginning of the log."""
    stopped_at: Position | None = None
    """The entry that it could not take in."""
    reason: str | None = None

    def is_of(self, store: Store) -> bool:
        """Tell whether a log holds what the view has taken in, or is another one: another ledger's, or an older copy."""
        return self.position <= store.head().position and self.recorded_at == recorded_at(store, self.position)


def recorded_at(store: Store, position: Position) -> datetime | None:
    """Return when an entry of the log was recorded; none for position 0."""
    return next((entry.recorded_at for entry in store.outline(position - 1, position)), None) if position else None


def read(connection: Connection, name: str) -> Checkpoint:
    """Return the checkpoint of a view; the beginning of the log where it has none."""
    row = connection.execute(_READ, {"name": name}).one_or_none()
    if row is None:
        return Checkpoint()
    position, at, stopped_at, reason = row
    return Checkpoint(position, parse_instant(at) if at else None, stopped_at, reason)


def write(connection: Connection, name: str, checkpoint: Checkpoint) -> None:
    """Put a view's checkpoint in the place of the one before."""
    forget(connection, name)
    connection.execute(
        insert(TABLE),
        {
            "view": name,
            "position": checkpoint.position,
            "recorded_at": optional_instant(checkpoint.recorded_at),
            "stopped_at": checkpoint.stopped_at,
            "reason": checkpoint.reason,
        },
    )


def forget(connection: Connection, name: str) -> None:
    """Let a view begin again."""
    connection.execute(_FORGET, {"name": name})


def forget_beside(connection: Connection, stem: str) -> None:
    """Forget how far those were whose names begin with a stem."""
    connection.execute(delete(TABLE).where(TABLE.c.view.startswith(stem, autoescape=True)))
