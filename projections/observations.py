"""The newest reading of each source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.events import PageObserved
from domain.ledger import Ledger


@dataclass(frozen=True, slots=True)
class NewestObservation:
    """When a source was read last, and how long ago that is."""

    catalog: str
    source: str
    seen_on: str
    age_days: int
    readings: int


def newest_observations(ledger: Ledger, now: datetime) -> Sequence[NewestObservation]:
    """List the sources with their newest reading, the oldest first."""
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    pages = (entry.event for entry in ledger.store.log(stream_prefix="source:") if isinstance(entry.event, PageObserved))
    for reading in pages:
        source = reading.catalog, reading.name
        newest[source] = reading.seen_on, newest.get(source, ("", 0))[1] + 1
    found = [
        NewestObservation(*source, seen_on, (now.date() - date.fromisoformat(seen_on)).days, readings)
        for source, (seen_on, readings) in newest.items()
    ]
    return sorted(found, key=lambda observation: observation.seen_on)
