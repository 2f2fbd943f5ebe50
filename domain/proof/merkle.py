"""Merkle trees of RFC 6962 and RFC 9162: pure functions over nodes that somebody keeps.

A node is named by its level and its index: it covers the leaves from `index << level` on, `1 << level` of them. Only such perfect
subtrees are kept; they never change once they are complete. Whatever else a tree of some size needs is computed of them.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
"""Returns the hash of a perfect subtree by its level and its index."""

HASH_LENGTH = 32
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

_LEAF, _NODE = b"\0", b"\1"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(_NODE + left + right).digest()


class Growing:
    """A tree that grows at its end: all it remembers are the roots of the perfect subtrees of which it consists."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Go on from a size; its peaks go from the largest subtree to the smallest."""
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def of(cls, size: int, nodes: Nodes) -> "Growing":
        """Go on from what is kept."""
        return cls(size, [nodes(level, index) for level, index in peaks(size)])

    def append(self, leaf: bytes) -> bytes:
        """Add a leaf by its hash; return it with the hashes of all subtrees that it completes, from the lowest to the highest."""
        completed, rest, hashed = leaf, self.size, leaf
        while rest & 1:
            hashed = node_hash(self._peaks.pop(), hashed)
            completed += hashed
            rest >>= 1
        self._peaks.append(hashed)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the hash of the whole tree as it is now."""
        return _bagged(self._peaks)


def peaks(size: int) -> Iterator[tuple[int, int]]:
    """Go through the perfect subtrees of which a tree of a size consists, from the left: the largest first."""
    begin = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, begin >> level
            begin += 1 << level


def root(size: int, nodes: Nodes) -> bytes:
    """Return the hash of the tree of the first so many leaves."""
    return _bagged([nodes(level, index) for level, index in peaks(size)])


def inclusion_path(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the audit path of a leaf, by its index from 0, in the tree of a size (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_subtree(middle, end, nodes))
            end = middle
        else:
            path.append(_subtree(begin, middle, nodes))
            begin = middle
    return path[::-1]


def consistency_path(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the tree of a size is the beginning of a larger one (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: the first is not smaller, or is empty: there is nothing to prove.
    """
    if not 0 < old < new:
        raise ValueError(f"there is nothing to prove between trees of {old} and {new} leaves")
    path: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_subtree(middle, end, nodes))
            end = middle
        else:
            path.append(_subtree(begin, middle, nodes))
            begin, whole = middle, False
    if not whole:
        path.append(_subtree(begin, end, nodes))
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf and its audit path lead to; none where the path has not the length that it must have (2.1.3.2)."""
    if not 0 <= index < size:
        return None
    hashed, last, at = leaf, size - 1, index
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            hashed = node_hash(sibling, hashed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        at, last = at >> 1, last >> 1
    return hashed if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether a path proves that the tree of the first root is the beginning of that of the second (2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY
    if old > new:
        return False
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not hashes:
        return False
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _bagged(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY
    bagged = hashes[-1]
    for peak in hashes[-2::-1]:
        bagged = node_hash(peak, bagged)
    return bagged


def _split(length: int) -> int:
    """Return the largest power of two that is smaller than a length."""
    return 1 << (length - 1).bit_length() - 1


def _subtree(begin: int, end: int, nodes: Nodes) -> bytes:
    """Return the hash over some leaves, which begin where a perfect subtree of at least their number can begin."""
    length = end - begin
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return nodes(level, begin >> level)
    return _bagged([nodes(level, index + (begin >> level)) for level, index in peaks(length)])
