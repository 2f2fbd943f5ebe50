"""Ledgers and bundles made from the definition of their formats alone: trees, map and note are built the long way, by recursion."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

JSON = dict[str, Any]
Row = tuple[str, str, JSON]
"""An event: its stream, its topic and its fields."""

START = datetime(2024, 1, 1, tzinfo=UTC)


def b64(content: bytes) -> str:
    return b64encode(content).decode()


def leaf(kind: str, *parts: int | str) -> bytes:
    """Hash a leaf: what it is of, then each part after its length."""
    texts = [str(part).encode() for part in parts]
    return sha256(b"\x00lifecycle-ledger/" + kind.encode() + b"/v1\n" + b"".join(len(t).to_bytes(8, "big") + t for t in texts)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Hash a tree (RFC 6962, 2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of a leaf (RFC 6962, 2.1.1)."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:split], leaves[split:]
    return [*path(index, left), root(right)] if index < split else [*path(index - split, right), root(left)]


def bits(name: str) -> str:
    """Write the place of a stream in the map."""
    return "".join(f"{byte:08b}" for byte in sha256(name.encode()).digest())


def map_root(held: Mapping[str, bytes], depth: int = 0) -> bytes:
    """Hash the map of the streams' leaves, by their names."""
    if len(held) < 2:
        return next(iter(held.values()), sha256().digest())
    sides = [{name: each for name, each in held.items() if bits(name)[depth] == side} for side in "01"]
    return sha256(b"\x01" + map_root(sides[0], depth + 1) + map_root(sides[1], depth + 1)).digest()


def map_path(name: str, held: Mapping[str, bytes], depth: int = 0) -> tuple[list[bytes], str | None]:
    """Return the siblings of a stream's place, the lowest first, and the stream that lies there."""
    if len(held) < 2:
        return [], next(iter(held), None)
    sides = {side: {other: each for other, each in held.items() if bits(other)[depth] == side} for side in "01"}
    side = bits(name)[depth]
    below, there = map_path(name, sides[side], depth + 1)
    return [*below, map_root(sides["10"[int(side)]], depth + 1)], there


@dataclass
class Signer:
    """A key, and the name under which it signs."""

    name: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return b"\x01" + self.private.public_key().public_bytes_raw()

    @property
    def digest(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.public).digest()[:4]

    @property
    def key(self) -> str:
        """The line by which it is trusted."""
        return f"{self.name}+{self.digest.hex()}+{b64(self.public)}"

    def line(self, text: str) -> str:
        """Sign a note's text."""
        return f"\u2014 {self.name} {b64(self.digest + self.private.sign(text.encode()))}\n"


@dataclass
class Log:
    """A ledger's entries, and who signs for them. What it claims of its streams can be overruled."""

    rows: list[Row]
    signer: Signer = field(default_factory=lambda: Signer("lifecycle-ledger/made"))
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Streams of which something else is signed than their number of entries and last position."""
    step: int = 1
    """Days from one entry to the next."""

    @property
    def entries(self) -> list[JSON]:
        found: list[JSON] = []
        for position, (stream, topic, event) in enumerate(self.rows, 1):
            version = sum(each["stream"] == stream for each in found) + 1
            recorded_at = (START + timedelta(days=position * self.step)).isoformat().replace("+00:00", "Z")
            state = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            place = {"position": position, "stream": stream, "version": version, "topic": topic}
            found.append({**place, "recorded_at": recorded_at, "actor": "ada", "state": state})
        return found

    @property
    def leaves(self) -> list[bytes]:
        return [leaf("entry", *entry.values()) for entry in self.entries]

    @property
    def streams(self) -> dict[str, tuple[int, int]]:
        return {each["stream"]: (each["version"], each["position"]) for each in self.entries} | self.counted

    def text(self) -> str:
        held = {name: leaf("stream", name, *count) for name, count in self.streams.items()}
        lines = [self.signer.name, len(self.rows), b64(root(self.leaves)), f"commands 0 {b64(root([]))}"]
        return "\n".join(map(str, [*lines, f"streams {len(held)} {b64(map_root(held))}", "time 2025-02-01T00:00:00Z", ""]))

    def note(self, *signers: Signer) -> str:
        """Return a checkpoint of all entries, signed by its own key or by these."""
        text = self.text() + "".join(f"key {signer.key}\n" for signer in (signers or (self.signer,)))
        return text + "\n" + "".join(signer.line(text) for signer in (signers or (self.signer,)))

    def place(self, name: str) -> JSON:
        """Return what the map proves of a stream."""
        held = {stream: leaf("stream", stream, *count) for stream, count in self.streams.items()}
        siblings, there = map_path(name, held)
        version, position = self.streams.get(name, (0, 0))
        other = None
        if there not in {name, None}:
            other = dict(zip(("stream", "version", "position"), (there, *self.streams[str(there)]), strict=True))
        return {"stream": name, "version": version, "position": position, "siblings": [b64(each) for each in siblings], "other": other}

    def bundle(self, kind: str, question: JSON, answer: JSON, streams: Sequence[str]) -> JSON:
        """Return an answer with all that the log holds of these streams."""
        leaves = self.leaves
        proofs = [[b64(step) for step in path(place, leaves)] for place in range(len(leaves))]
        entries = [{**entry, "path": proof} for entry, proof in zip(self.entries, proofs, strict=True) if entry["stream"] in streams]
        proof = {"entries": entries, "streams": [self.place(name) for name in streams], "checkpoint": self.note()}
        return {"format": "lifecycle-ledger/proof/v1", "kind": kind, "question": question, "answer": answer, **proof}
