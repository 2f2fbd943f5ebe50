"""The quick walk over the entries: every stored byte is hashed anew, and compared with the tree and with the roots that were signed."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise, starmap
from operator import lt
from pathlib import Path
from typing import Any

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.verification.bulk_tree import BulkTree
from domain.verification.quick_rows import ENTRIES, KEPT, rows
from domain.verification.walk import Progress

CHUNK = 512
DIGEST_SIZE = 32
_CACHED_MAX = 4096
_KIND = b"\0lifecycle-ledger/entry/v1\n"
_RECORDED_AT = b"0000-00-00T00:00:00.000000Z"
_DIGITS = bytes.maketrans(b"123456789", b"000000000")

Row = tuple[Any, ...]


class _Lengths(dict[int, bytes]):
    def __missing__(self, length: int) -> bytes:
        return length.to_bytes(8, "big")


class _Fields(dict[bytes, bytes]):
    """Texts that come again and again, each with its length before it."""

    def __missing__(self, text: bytes) -> bytes:
        if len(self) >= _CACHED_MAX:
            self.clear()
        field = self[text] = len(text).to_bytes(8, "big") + text
        return field


_LENGTHS = _Lengths((length, length.to_bytes(8, "big")) for length in range(_CACHED_MAX))
_LENGTH_OF_INSTANT = _LENGTHS[len(_RECORDED_AT)]


def hashes_agree(path: Path, last: Position, heads: Sequence[TreeHead], progress: Progress, after: Position = 0) -> bool:
    """Tell whether all entries after one position and up to another are as they were hashed, and as the heads, in their order, have them.

    What was hashed up to the first is taken as it was kept: it has to be looked at, too. Heads of that part are left out.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    walk = _begun(path, after)
    heads = [head for head in heads if head.size > after]
    with rows(path, ENTRIES, after, last) as cursor:
        for due, root in [*((head.size, head.root) for head in heads), (last, None)]:
            while walk.tree.size < due:
                if not walk.agrees(cursor.fetchmany(min(CHUNK, due - walk.tree.size))):
                    return False
                progress(walk.tree.size)
            if root is not None and walk.tree.root() != root:
                return False
        return walk.tree.size == last


def _begun(path: Path, size: Position) -> "_Walk":
    """Begin from a size, with what was kept of the tree of that size: each of its perfect subtrees stands with its last entry."""
    peaks, before, ends = dict[int, bytes](), b"", 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            ends += 1 << level
            with rows(path, KEPT, ends) as cursor:
                before, hashes = cursor.fetchone() or (b"", b"")
            peaks[level] = bytes(hashes)[level * DIGEST_SIZE : (level + 1) * DIGEST_SIZE]
    return _Walk(BulkTree(size, peaks), before)


class _Walk:
    def __init__(self, tree: BulkTree, before: bytes) -> None:
        self.tree = tree
        self._before = before
        self._fields = _Fields()

    def agrees(self, chunk: Sequence[Row]) -> bool:
        """Take in the next rows, unless something is wrong with one of them."""
        if not chunk:
            return False
        positions, _, versions, _, recorded, _, _, hashes, right = zip(*chunk, strict=True)
        begin = self.tree.size + 1
        return (
            right.count(1) == len(chunk)
            and positions == tuple(range(begin, begin + len(chunk)))
            and set(map(type, versions)) == {int}
            and self._are_instants(recorded)
            and self.tree.extend(self._leaves(chunk)) == list(hashes)
        )

    def _are_instants(self, recorded: Sequence[bytes]) -> bool:
        before, self._before = self._before, recorded[-1]
        same_form = set(map(len, recorded)) == {len(_RECORDED_AT)} and b"".join(recorded).translate(_DIGITS) == _RECORDED_AT * len(recorded)
        return same_form and before < recorded[0] and all(starmap(lt, pairwise(recorded)))

    def _leaves(self, chunk: Sequence[Row]) -> list[bytes]:
        lengths, fields, join = _LENGTHS, self._fields, b"".join
        numbers = [(b"%d" % row[0], b"%d" % row[2]) for row in chunk]
        return [
            sha256(
                join(
                    (
                        _KIND,
                        lengths[len(number)],
                        number,
                        lengths[len(stream)],
                        stream,
                        lengths[len(version)],
                        version,
                        fields[topic],
                        _LENGTH_OF_INSTANT,
                        recorded_at,
                        fields[actor],
                        lengths[len(state)],
                        state,
                    )
                )
            ).digest()
            for (number, version), (_, stream, _, topic, recorded_at, actor, state, _, _) in zip(numbers, chunk, strict=True)
        ]
