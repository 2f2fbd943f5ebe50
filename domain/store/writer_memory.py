"""What the writer remembers between its transactions: streams as it left them. While it holds the lock nobody else can add to them."""

from collections import OrderedDict
from collections.abc import Iterable

from domain.events import Position
from domain.recorded import Recorded

STREAMS_MAX = 2048


class WriterMemory:
    """Whole streams, true up to a position of the log; the least recently used one goes first. Only the writer's thread has it.

    Readers have a cache of their own: what a reader saw some time ago may end before the position up to which this must be true.
    """

    def __init__(self, streams_max: int = STREAMS_MAX) -> None:
        self.position: Position = 0
        self._streams: OrderedDict[str, tuple[Recorded, ...]] = OrderedDict()
        self._streams_max = streams_max

    def get(self, stream: str) -> tuple[Recorded, ...] | None:
        """Return all of a stream, or none where it is not remembered."""
        events = self._streams.get(stream)
        if events is not None:
            self._streams.move_to_end(stream)
        return events

    def put(self, stream: str, events: tuple[Recorded, ...]) -> None:
        """Remember all of a stream as it is at the position, be it empty."""
        self._streams[stream] = events
        if len(self._streams) > self._streams_max:
            self._streams.popitem(last=False)

    def extend(self, entries: Iterable[Recorded], position: Position) -> None:
        """Take in all that was committed up to a position."""
        fresh = dict[str, list[Recorded]]()
        for entry in entries:
            if entry.stream in self._streams:
                fresh.setdefault(entry.stream, []).append(entry)
        for stream, more in fresh.items():  # One by one, a stream would be copied as often as it grows.
            self._streams[stream] = (*self._streams[stream], *more)
        self.position = position

    def forget(self, position: Position) -> None:
        """Remember nothing, up to a position."""
        self._streams.clear()
        self.position = position
