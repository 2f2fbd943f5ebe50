"""The quick walk over the streams: versions without a gap, and the map of streams as the checkpoints signed it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.proof.stream_map import StreamHead, StreamMap
from domain.verification.quick_rows import STREAMS, rows

CHUNK = 1000


def streams_agree(path: Path, last: Position, signed: Sequence[tuple[Position, TreeHead]]) -> bool:
    """Tell whether each stream's versions go on by one up to a position, and the map at each size is the one that was signed.

    Nothing that a file may hold raises: it may run where nobody would see it.
    """
    walk = _Walk()
    try:
        with rows(path, STREAMS, last) as cursor:
            for size, head in signed:
                if not walk.goes_on(cursor, size) or not walk.has(head):
                    return False
            return walk.goes_on(cursor, last)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):
        return False


class _Walk:
    def __init__(self) -> None:
        self._size = 0
        self._versions: dict[bytes, int] = {}
        self._grown: dict[bytes, tuple[int, int]] = {}
        self._map = StreamMap()

    def goes_on(self, cursor: sqlite3.Cursor, size: int) -> bool:
        """Take in the rows up to a size, unless something is wrong with one of them."""
        known = self._versions
        while self._size < size:
            chunk = cursor.fetchmany(min(CHUNK, size - self._size))
            if not chunk:
                return False
            positions, streams, versions = zip(*chunk, strict=True)
            if set(map(type, streams)) != {bytes} or set(map(type, versions)) != {int}:
                return False
            for stream, version in zip(streams, versions, strict=True):
                if version != known.get(stream, 0) + 1:
                    return False
                known[stream] = version
            self._grown.update(zip(streams, zip(versions, positions, strict=True), strict=True))
            self._size += len(chunk)
        return True

    def has(self, signed: TreeHead) -> bool:
        """Tell whether the map of the streams so far is one that was signed."""
        self._map = self._map.with_heads(StreamHead(stream.decode(), *head) for stream, head in self._grown.items())
        self._grown = {}
        return (self._map.count, self._map.root) == (signed.size, signed.root)
