"""The map of all streams, kept up with the log."""

from threading import Lock

from domain.events import Position
from domain.proof.evidence import Snapshot
from domain.proof.stream_map import StreamMap


class StreamHeads:
    """Remembers the map as of one position, and goes on from there. Threads may share it."""

    def __init__(self) -> None:
        self._map = StreamMap()
        self._position: Position = 0
        self._lock = Lock()

    def at(self, snapshot: Snapshot, position: Position) -> StreamMap:
        """Return the map as of a position that the log has reached."""
        with self._lock:
            if position < self._position:
                return StreamMap().with_heads(snapshot.stream_heads(0, position))
            if position > self._position:
                self._map = self._map.with_heads(snapshot.stream_heads(self._position, position))
                self._position = position
            return self._map
