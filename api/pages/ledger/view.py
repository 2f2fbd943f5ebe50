"""What the pages of the ledger show."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.http.service import Service
from domain.events import Position
from domain.proof.bundles import entry_proof
from domain.proof.checkpoint import Checkpoint
from domain.proof.evidence import KeptCheckpoint, Snapshot, StoredEntry
from domain.proof.leaves import entry_leaf
from domain.proof.merkle import leaf_hash
from domain.proof.notes import Note
from domain.recorded import Recorded
from domain.streams import MODELS, key_of
from domain.subjects import SubjectKey
from projections.feed import newest

ENTRIES = 50
"""Shown on one page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in the list."""

    position: Position
    recorded_at: datetime
    type: str
    stream: str
    actor: str
    key: SubjectKey | None
    """The model that it is about; none where it is about none."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint and what it says."""

    kept: KeptCheckpoint
    checkpoint: Checkpoint

    @classmethod
    def of(cls, kept: KeptCheckpoint | None) -> "Signed | None":
        """Read a checkpoint that was kept."""
        return cls(kept, Checkpoint.read(Note.read(kept.note).text)) if kept else None


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry, with its bytes and what proves them."""

    stored: StoredEntry
    text: str
    """Its stored bytes, laid out where they are JSON."""
    hexadecimal: str
    leaf: str
    """The hash of its leaf, in hexadecimal."""
    proof: str
    """As a text (c2sp.org/tlog-proof); empty where no checkpoint covers it yet."""
    key: SubjectKey | None


def lines(service: Service, before: Position | None, prefixes: Sequence[str]) -> Sequence[Line]:
    """Return the entries before a position, the newest first, of streams whose names begin with one of these. Blocking."""
    readable = tuple(prefixes)
    found = newest(service.ledger.store, before, ENTRIES, lambda entry: entry.stream.startswith(readable))
    return [_line(entry) for entry in found]


def shown_entry(snapshot: Snapshot, position: Position) -> Shown | None:
    """Return one entry with its proof under the last checkpoint; none where there is no such entry."""
    stored = snapshot.stored_at(position)
    if stored is None:
        return None
    kept = snapshot.last_checkpoint()
    proof = entry_proof(snapshot, kept, position) if kept and position <= kept.size else ""
    leaf = leaf_hash(
        entry_leaf(
            position=stored.position,
            stream=stored.stream,
            version=stored.version,
            topic=stored.topic,
            recorded_at=stored.recorded_at,
            actor=stored.actor,
            state=stored.state,
        )
    )
    key = key_of(stored.stream) if stored.stream.startswith(MODELS) else None
    return Shown(stored, _laid_out(stored.state), stored.state.hex(" "), leaf.hex(), proof, key)


def _laid_out(state: bytes) -> str:
    try:
        return json.dumps(json.loads(state), indent=2, ensure_ascii=False)
    except ValueError:
        return state.decode(errors="replace")


def _line(entry: Recorded) -> Line:
    key = key_of(entry.stream) if entry.stream.startswith(MODELS) else None
    return Line(entry.position, entry.recorded_at, type(entry.event).__name__, entry.stream, entry.actor, key)
