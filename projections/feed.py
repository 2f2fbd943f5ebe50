"""The log from its end backwards."""

from collections.abc import Callable, Sequence

from domain.events import Position
from domain.recorded import Recorded
from domain.store.contract import Store

WINDOW = 500
"""Entries that are looked at in one step."""
WINDOWS_MAX = 40
"""Steps after which a search for rare entries ends, with what it found."""


def newest(store: Store, before: Position | None, limit: int, wanted: Callable[[Recorded], bool]) -> Sequence[Recorded]:
    """Return the last entries before a position that are wanted, the newest first.

    Without a position, before the log's end. Fewer than `limit` where the last 20,000 entries hold no more.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    upto = store.head().position if before is None else before - 1
    earliest = max(0, upto - WINDOW * WINDOWS_MAX)
    found: list[Recorded] = []
    while upto > earliest and len(found) < limit:
        after = max(0, upto - WINDOW)
        found += reversed([entry for entry in store.log(after, upto) if wanted(entry)])
        upto = after
    return found[:limit]
