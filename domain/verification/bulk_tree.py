"""A tree of RFC 6962 that grows by many leaves at once, level after level: a third of the time of leaf after leaf."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import add

from domain.proof.merkle import Growing


class BulkTree:
    """All it remembers are the roots of the perfect subtrees of which it consists."""

    def __init__(self, size: int = 0, peaks: Mapping[int, bytes] | None = None) -> None:
        """Begin empty, or from a size with the roots of the perfect subtrees that it consists of, by their level."""
        self.size = size
        self._peaks: dict[int, bytes] = dict(peaks or {})
        """By level; those of levels that the tree does not consist of are left over from before, and mean nothing."""

    def extend(self, leaves: Sequence[bytes]) -> list[bytes]:
        """Add leaves by their hashes; return for each, as `Growing.append` does, it and the hashes of all subtrees that it completes."""
        completed, nodes, begin = list(leaves), list(leaves), self.size
        level, stride = 0, 1
        while nodes:
            if begin & 1:
                nodes.insert(0, self._peaks[level])
            if len(nodes) & 1:
                self._peaks[level] = nodes.pop()
            begin, level, stride = begin >> 1, level + 1, stride << 1
            nodes = [sha256(b"\1" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
            first = (begin + 1) * stride - 1 - self.size
            if nodes:
                completed[first::stride] = map(add, completed[first::stride], nodes)
        self.size += len(leaves)
        return completed

    def root(self) -> bytes:
        """Return the hash of the whole tree as it is now."""
        levels = reversed(range(self.size.bit_length()))
        return Growing(self.size, [self._peaks[level] for level in levels if self.size >> level & 1]).root()
