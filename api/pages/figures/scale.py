"""A scale: where an instant lies in a figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTERLY_MAX = timedelta(days=365 * 2)
MONTHLY_MAX = timedelta(days=200)
TICK_GAP_MIN = 34
"""Units between two marks, so that their words stand apart."""

_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Spreads a span of time over a width, in the figure's own units. A span of nothing is an instant long."""

    begin: datetime
    end: datetime
    width: float

    def __post_init__(self) -> None:
        if self.end <= self.begin:
            object.__setattr__(self, "end", self.begin + _INSTANT)

    def x(self, at: datetime | None, otherwise: float = 0.0) -> float:
        """Return where an instant lies, within the figure and to two decimals; `otherwise` for none."""
        if at is None:
            return otherwise
        part = (at - self.begin) / (self.end - self.begin)
        if part <= 0:
            return 0.0
        return self.width if part >= 1 else int(part * self.width * 100 + 0.5) / 100

    @property
    def length(self) -> timedelta:
        """The span."""
        return self.end - self.begin

    def ticks(self) -> Sequence[Tick]:
        """Return marks at months, quarters, years or tens of them, by how long the span is and how much room there is."""
        return [Tick(self.x(at), str(at.year) if at.month == 1 else f"{at:%b}") for at in self._marks(self._step())]

    def _step(self) -> int:
        """Return the months between two marks."""
        fine = 1 if self.length <= MONTHLY_MAX else 3 if self.length <= QUARTERLY_MAX else 12
        month = self.width * (timedelta(days=30) / self.length)
        return next((months for months in _steps(fine) if months * month >= TICK_GAP_MIN), 12 * _YEARS[-1])

    def _marks(self, months: int) -> Iterable[datetime]:
        years = max(1, months // 12)
        first, last = -(-self.begin.year // years) * years if months >= 12 else self.begin.year, self.end.year  # noqa: PLR2004  # a year
        for year in range(first, last + 1, years):
            for month in range(1, 13, min(months, 12)):
                at = datetime(year, month, 1, tzinfo=UTC)
                if self.begin <= at < self.end:
                    yield at


def _steps(fine: int) -> Iterable[int]:
    yield from (months for months in (1, 3, 6) if months >= fine)
    yield from (12 * years for years in _YEARS)
