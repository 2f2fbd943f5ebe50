"""The map of all streams with how many entries each has: by it a proof shows that no entry of a stream is left out.

A binary trie over the SHA-256 of the streams' names, most significant bit first. A place without streams hashes to `EMPTY`, one with a
single stream to that stream's leaf, however deep it would lie; any other to the node over its two halves. So a stream has one place alone,
and a place that is empty, or that another stream holds, proves that it is not there. Nodes never change: a map is a value.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.proof.leaves import stream_leaf
from domain.proof.merkle import EMPTY, leaf_hash, node_hash

_BITS = 256


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a stream ends."""

    stream: str
    version: int
    """Its last version: how many entries it has."""
    position: int
    """Of its last entry."""


class _Leaf:
    __slots__ = ("hash", "head", "key")

    def __init__(self, head: StreamHead) -> None:
        self.head = head
        self.key = key_of(head.stream)
        self.hash: bytes = head_hash(head)


class _Branch:
    __slots__ = ("hash", "left", "right")

    def __init__(self, left: "_Node", right: "_Node") -> None:
        self.left = left
        self.right = right
        self.hash: bytes = node_hash(left.hash if left else EMPTY, right.hash if right else EMPTY)


_Node = _Leaf | _Branch | None


@dataclass(frozen=True, slots=True)
class StreamProof:
    """That a stream ends somewhere, or is not there."""

    head: StreamHead | None
    """Where it ends; none where it is not there."""
    siblings: Sequence[bytes]
    """From its own up to the root's child."""
    other: StreamHead | None
    """The stream that holds its place, where it is not there itself."""


@dataclass(frozen=True, slots=True)
class StreamMap:
    """All streams, each with its end."""

    _root: _Node = None
    count: int = 0

    @property
    def root(self) -> bytes:
        """The hash over all."""
        return self._root.hash if self._root else EMPTY

    def with_heads(self, heads: Iterable[StreamHead]) -> "StreamMap":
        """Return the map in which these streams, each named once, end where they say."""
        leaves = sorted(map(_Leaf, heads), key=_key)
        root, added = _merged(self._root, leaves, 0)
        return StreamMap(root, self.count + added)

    def proof(self, stream: str) -> StreamProof:
        """Prove where a stream ends, or that it is not there."""
        key, node, depth, siblings = key_of(stream), self._root, 0, []
        while isinstance(node, _Branch):
            side, other = (node.right, node.left) if _bit(key, depth) else (node.left, node.right)
            siblings.append(other.hash if other else EMPTY)
            node, depth = side, depth + 1
        found = node.head if node else None
        if found and found.stream == stream:
            return StreamProof(found, siblings[::-1], None)
        return StreamProof(None, siblings[::-1], found)


def key_of(stream: str) -> int:
    """Return the place of a stream: 256 bits."""
    return int.from_bytes(sha256(stream.encode()).digest(), "big")


def head_hash(head: StreamHead) -> bytes:
    """Return the hash of a stream's leaf."""
    return leaf_hash(stream_leaf(stream=head.stream, version=head.version, position=head.position))


def root_by_proof(stream: str, proof: StreamProof) -> bytes | None:
    """Return the root that a proof about a stream leads to; none where it proves nothing about that stream."""
    key, depth, holder = key_of(stream), len(proof.siblings), proof.head or proof.other
    if depth > _BITS or (proof.head and proof.other) or (proof.head and proof.head.stream != stream):
        return None
    if proof.other and (proof.other.stream == stream or (key ^ key_of(proof.other.stream)) >> (_BITS - depth)):
        return None
    hashed = head_hash(holder) if holder else EMPTY
    for sibling in proof.siblings:
        depth -= 1
        hashed = node_hash(sibling, hashed) if _bit(key, depth) else node_hash(hashed, sibling)
    return hashed


def _merged(node: _Node, leaves: list[_Leaf], depth: int) -> tuple[_Node, int]:
    """Return a place with leaves put into it, sorted by their keys, and how many of them are new there."""
    if not leaves:
        return node, 0
    if isinstance(node, _Leaf):
        at = bisect_left(leaves, node.key, key=_key)
        if at < len(leaves) and leaves[at].key == node.key:
            merged, added = _merged(None, leaves, depth)
            return merged, added - 1
        merged, added = _merged(None, [*leaves[:at], node, *leaves[at:]], depth)
        return merged, added - 1
    if node is None and len(leaves) == 1:
        return leaves[0], 1
    cut = bisect_left(leaves, 1, key=lambda leaf: _bit(leaf.key, depth))
    left, left_added = _merged(node.left if node else None, leaves[:cut], depth + 1)
    right, right_added = _merged(node.right if node else None, leaves[cut:], depth + 1)
    return _Branch(left, right), left_added + right_added


def _key(leaf: _Leaf) -> int:
    return leaf.key


def _bit(key: int, depth: int) -> int:
    return key >> (_BITS - 1 - depth) & 1
