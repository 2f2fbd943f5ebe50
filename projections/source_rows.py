"""Which rows a source showed at its last reading: what vanishes, and what comes back, is judged against this."""

from dataclasses import dataclass, field
from heapq import merge

from domain.events import PageObserved, Position, RetirementAnnounced
from domain.ledger import Ledger
from domain.streams import catalog_prefix, source_stream
from domain.subjects import Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class Row:
    """The subject and scope of a row."""

    key: SubjectKey
    scope: Scope

    def __str__(self) -> str:
        return f"{self.key} {self.scope}".strip()


@dataclass
class SourceRows:
    """A source's rows, followed along the log."""

    catalog: str
    name: str
    present: dict[str, Row] = field(default_factory=dict)
    """Rows that its last reading showed."""
    gone: dict[str, Row] = field(default_factory=dict)
    """Rows that an earlier reading showed, and its last did not."""
    _claimed: dict[str, Row] = field(default_factory=dict)
    """Rows recorded since its last reading: of one that was broken off, or is on its way."""
    readings: list[PageObserved] = field(default_factory=list)
    position: Position = 0

    @property
    def version(self) -> int:
        """The version of the source's stream."""
        return len(self.readings)

    @property
    def newest(self) -> PageObserved | None:
        """Its last reading."""
        return self.readings[-1] if self.readings else None

    def follow(self, ledger: Ledger) -> None:
        """Take in what was recorded since, in its order."""
        head = ledger.store.head().position
        claims = ledger.store.log(self.position, head, catalog_prefix(self.catalog))
        readings = ledger.store.log(self.position, head, source_stream(self.catalog, self.name))
        for entry in merge(claims, readings, key=lambda entry: entry.position):
            event = entry.event
            if isinstance(event, RetirementAnnounced) and event.source.name == self.name:
                row = Row(event.key, event.scope)
                self._claimed[str(row)] = row
            elif isinstance(event, PageObserved) and event.name == self.name:
                self._observe(event)
        self.position = head

    def _observe(self, reading: PageObserved) -> None:
        self.readings.append(reading)
        self.present.update(self._claimed)
        for text in self._claimed:
            self.gone.pop(text, None)
        self._claimed.clear()
        for text in reading.vanished:
            if text in self.present:
                self.gone[text] = self.present.pop(text)
        for text in reading.returned:
            if text in self.gone:
                self.present[text] = self.gone.pop(text)
