"""Proofs as others read them: bundles of all entries of some streams, proofs of one entry, and of one checkpoint after another."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

from domain.events import Position
from domain.proof.errors import BeyondCheckpoint
from domain.proof.evidence import KeptCheckpoint, Snapshot, StoredEntry
from domain.proof.merkle import Nodes, consistency_path, inclusion_path
from domain.proof.stream_heads import StreamHeads
from domain.proof.stream_map import StreamHead, StreamMap

FORMAT = "lifecycle-ledger/proof/v1"

JSON = dict[str, Any]


def bundle(snapshot: Snapshot, heads: StreamHeads, checkpoint: KeptCheckpoint, streams: Sequence[str]) -> JSON:
    """Return all entries of some streams as of a checkpoint, each with its proof, and the proof that none of theirs is missing."""
    nodes, everything = snapshot.entry_nodes(), heads.at(snapshot, checkpoint.size)
    found = (entry for stream in streams for entry in snapshot.stored(stream, checkpoint.size))
    return {
        "entries": [_entry(entry, checkpoint.size, nodes) for entry in sorted(found, key=lambda entry: entry.position)],
        "streams": [_stream(everything, stream) for stream in streams],
        "checkpoint": checkpoint.note,
    }


def entry_proof(snapshot: Snapshot, checkpoint: KeptCheckpoint, position: Position) -> str:
    """Prove one entry in the form of C2SP (c2sp.org/tlog-proof).

    Raises:
        BeyondCheckpoint: it came after the checkpoint, or is not there.
    """
    if not 0 < position <= checkpoint.size:
        raise BeyondCheckpoint(position, checkpoint.size)
    path = _base64(inclusion_path(position - 1, checkpoint.size, snapshot.entry_nodes()))
    return "".join(f"{line}\n" for line in ("c2sp.org/tlog-proof@v1", f"index {position - 1}", *path, "")) + checkpoint.note


def consistency_proof(snapshot: Snapshot, old: int, new: int) -> list[str]:
    """Prove that the log of a size is the beginning of that of a larger one (RFC 9162, 2.1.4)."""
    return _base64(consistency_path(old, new, snapshot.entry_nodes()))


def _entry(entry: StoredEntry, size: int, nodes: Nodes) -> JSON:
    return {
        "position": entry.position,
        "stream": entry.stream,
        "version": entry.version,
        "topic": entry.topic,
        "recorded_at": entry.recorded_at,
        "actor": entry.actor,
        "state": entry.state.decode(),
        "path": _base64(inclusion_path(entry.position - 1, size, nodes)),
    }


def _stream(everything: StreamMap, stream: str) -> JSON:
    proof = everything.proof(stream)
    head = proof.head or StreamHead(stream, 0, 0)
    other = {"stream": proof.other.stream, "version": proof.other.version, "position": proof.other.position} if proof.other else None
    return {
        "stream": stream,
        "version": head.version,
        "position": head.position,
        "siblings": _base64(proof.siblings),
        "other": other,
    }


def _base64(hashes: Iterable[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
