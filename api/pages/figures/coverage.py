"""The coverage bar: what came of those who had to be told, each part with its colour, its pattern and its count."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 240
HEIGHT = 14
PART_MIN = 3
"""Units of the least part that is shown: one person of many thousands is still seen."""


@dataclass(frozen=True, slots=True)
class CoverageParts:
    """How many there are of each, in people and addresses. Those who were told late are among the accepted."""

    accepted: int
    pending: int
    failed: int
    excluded: int
    late: int = 0

    @property
    def named(self) -> Sequence[tuple[str, int]]:
        """The parts as the bar shows them, from the left; together they are everyone."""
        return (
            ("in time", self.accepted - self.late),
            ("late", self.late),
            ("pending", self.pending),
            ("failed", self.failed),
            ("excluded", self.excluded),
        )

    @property
    def everyone(self) -> int:
        """All who had to be told, with those who are excluded."""
        return self.accepted + self.pending + self.failed + self.excluded

    @property
    def words(self) -> str:
        """The counts as text: `41 accepted (3 late), 2 pending, 1 failed, 4 excluded`."""
        if not self.everyone:
            return "nobody had to be told"
        late = f" ({self.late:,} late)" if self.late else ""
        counts = ((self.pending, "pending"), (self.failed, "failed"), (self.excluded, "excluded"))
        return ", ".join([f"{self.accepted:,} accepted{late}", *(f"{count:,} {name}" for count, name in counts if count)])


def coverage_svg(parts: CoverageParts, *, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    """Draw the bar. It needs `patterns_svg` once on its page."""
    shown = [(name, count) for name, count in parts.named if count > 0]
    drawn, left = "", 0.0
    for (name, count), wide in zip(shown, _widths([count for _, count in shown], width), strict=True):
        begin = f'<rect x="{left:g}" width="{wide:g}" height="{height}"'
        drawn += f'{begin} fill="url(#c-{name.replace(" ", "-")})"><title>{count:,} {name}</title></rect>'
        left = round(left + wide, 2)
    frame = f'<path d="M.5 .5h{width - 1}v{height - 1}H.5z" fill="none" stroke="var(--field)"/>'
    words = escape(parts.words)
    return Markup(  # noqa: S704  # numbers, and words of our own
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{words}">{drawn}{frame}</svg>'
    )


def patterns_svg() -> Markup:
    """Return the patterns of all bars of a page, to stand once on it, before them."""
    return _PATTERNS


def _widths(counts: Sequence[int], width: int) -> Sequence[float]:
    """Share a width out by counts, each part at least so wide that it is seen."""
    total = sum(counts)
    free = width - PART_MIN * len(counts)
    return [round(PART_MIN + free * count / total, 2) for count in counts]


def _pattern(name: str, ground: str, ink: str, marks: str) -> str:
    return (
        f'<pattern id="c-{name}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--{ground})"/>'
        f'<path d="{marks}" fill="none" stroke="var(--{ink})" stroke-width="1.5"/></pattern>'
    )


_PATTERNS = Markup(  # noqa: S704  # constants
    '<svg class="hidden" width="0" height="0" aria-hidden="true">'
    + _pattern("in-time", "good", "good", "")
    + _pattern("late", "warn", "paper", "M-1 7L7-1M-1 1L1-1M5 7L7 5")
    + _pattern("pending", "quiet", "paper", "M3 2v2")
    + _pattern("failed", "bad", "paper", "M0 0L6 6M6 0L0 6")
    + _pattern("excluded", "paper", "quiet", "M0 1h6M0 4h6")
    + "</svg>"
)
