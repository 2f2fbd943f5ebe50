"""A scale: where an instant lies in a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTERLY_MAX = timedelta(days=365 * 2)
MONTHLY_MAX = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Spreads a span of time over a width, in the figure's own units."""

    begin: datetime
    end: datetime
    width: float

    def x(self, at: datetime | None, otherwise: float = 0.0) -> float:
        """Return where an instant lies, within the figure; `otherwise` for none."""
        if at is None:
            return otherwise
        part = (at - self.begin) / (self.end - self.begin)
        return round(min(1.0, max(0.0, part)) * self.width, 1)

    def ticks(self) -> Sequence[Tick]:
        """Return marks at years, quarters or months, by how long the span is."""
        length = self.end - self.begin
        step = 1 if length <= MONTHLY_MAX else 3 if length <= QUARTERLY_MAX else 12
        found: list[Tick] = []
        year, month = self.begin.year, 1
        while (at := datetime(year, month, 1, tzinfo=UTC)) < self.end:
            if at >= self.begin:
                found.append(Tick(self.x(at), str(year) if month == 1 else f"{at:%b}"))
            month += step
            year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        return found
