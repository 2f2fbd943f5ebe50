"""Committed events of the streams read last, decoded. They never change, so nobody's commit can make them wrong."""

from collections import OrderedDict
from threading import Lock

from domain.recorded import Recorded

STREAMS_MAX = 2048


class StreamCache:
    """The beginning of each stream, as far as it has been read; the least recently used stream goes first."""

    def __init__(self, streams_max: int = STREAMS_MAX) -> None:
        self._streams: OrderedDict[str, tuple[Recorded, ...]] = OrderedDict()
        self._streams_max = streams_max
        self._lock = Lock()

    def get(self, stream: str) -> tuple[Recorded, ...]:
        """Return what is known of a stream: its first events, without a hole, perhaps none."""
        with self._lock:
            if stream not in self._streams:
                return ()
            self._streams.move_to_end(stream)
            return self._streams[stream]

    def put(self, stream: str, events: tuple[Recorded, ...]) -> None:
        """Keep a stream's first events. They must be committed."""
        with self._lock:
            if len(events) <= len(self._streams.get(stream, ())):
                return
            self._streams[stream] = events
            self._streams.move_to_end(stream)
            if len(self._streams) > self._streams_max:
                self._streams.popitem(last=False)
