"""The figure of two clocks: time in the world across, knowledge up; each row shows the life that was believed in then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from markupsafe import Markup, escape

from api.pages.figures.bands import Band, Floor, bands_drawn
from api.pages.figures.letters import letters_drawn
from api.pages.figures.scale import Scale
from api.pages.shown import WORDS
from api.pages.words.days import moment_words
from domain.rules.answers import Status
from domain.stages import Stage

HEIGHT_MAX = 360
ROW_MIN = 6
ROW_MAX = 22
ROWS_MAX = HEIGHT_MAX // ROW_MIN
GUTTER = 80
"""Units on the left, for the days of knowledge."""
LINE = 13
"""Units from one line of words to the next."""
_TOP = 18


@dataclass(frozen=True, slots=True)
class KnowledgeStrip:
    """A stretch of knowledge: between two moments at which something was announced, and what was believed in it."""

    begin: datetime
    end: datetime | None
    """None: it lasts until now."""
    bands: Sequence[Band]
    floors: Sequence[Floor] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """The rows that are shown, from the earliest at the bottom, and how high each is."""

    strips: Sequence[KnowledgeStrip]
    row: float

    @property
    def height(self) -> float:
        return self.row * len(self.strips)

    def top(self, place: int) -> float:
        return round(self.height - self.row * (place + 1), 2)


def knowledge_svg(strips: Sequence[KnowledgeStrip], scale: Scale, *, valid_at: datetime, known_at: datetime) -> Markup:
    """Draw what was believed when. A line across marks `known_at`, one upwards `valid_at`; the answer is where they meet.

    Rows are equally high, as announcements come in clusters. Of more than `ROWS_MAX` those about `known_at` are shown, and how many
    they are is said. `strips` are in order of knowledge, without gaps. One such figure can stand on a page.
    """
    place = _place(strips, known_at)
    first = min(max(0, len(strips) - ROWS_MAX), max(0, (place or 0) - ROWS_MAX // 2))
    shown = strips[first : first + ROWS_MAX]
    frame = _Frame(shown, min(ROW_MAX, round(HEIGHT_MAX / max(1, len(shown)), 2)))
    part = f"{len(shown)} of {len(strips)} moments of knowledge" if len(shown) < len(strips) else ""
    at = None if place is None else place - first
    inner = _rows(frame, scale) + _axis(frame, scale) + _marks(frame, scale, at, valid_at)
    height = _TOP + frame.height + LINE * (3 if part else 2)
    title = f"What was believed when: {len(strips)} {'moment' if len(strips) == 1 else 'moments'} of knowledge"
    head = (
        f'<svg class="figure" viewBox="0 0 {GUTTER + scale.width:g} {height:g}" role="img" aria-labelledby="k-title k-desc">'
        f'<title id="k-title">{escape(title)}</title><desc id="k-desc">{escape(_description(strips, place, valid_at, known_at))}</desc>'
    )
    note = f'<text class="axis" x="0" y="{height - 2:g}">{part} are shown</text>' if part else ""
    return Markup(f'{head}{_days(frame)}<g transform="translate({GUTTER} {_TOP})">{inner}</g>{note}</svg>')  # noqa: S704  # escaped above


def believed(strip: KnowledgeStrip, valid_at: datetime) -> Stage | Status:
    """Return the stage that was believed of an instant."""
    within = (
        band.status for band in strip.bands if (band.begin is None or band.begin <= valid_at) and (band.end is None or valid_at < band.end)
    )
    return next(within, Status.NOT_KNOWN)


def _place(strips: Sequence[KnowledgeStrip], known_at: datetime) -> int | None:
    """Return the strip in which an instant lies; none before the first."""
    return max((place for place, strip in enumerate(strips) if strip.begin <= known_at), default=None)


def _rows(frame: _Frame, scale: Scale) -> str:
    drawn = ""
    for place, strip in enumerate(frame.strips):
        drawn += bands_drawn(strip.bands, scale, frame.top(place), frame.row)
        drawn += "".join(f'<path class="floor" d="M{scale.x(floor.at):g} {frame.top(place):g}v{frame.row:g}"/>' for floor in strip.floors)
    lines = "".join(f"M0 {frame.top(place):g}h{scale.width:g}" for place in range(len(frame.strips)))
    letters = letters_drawn([strip.bands for strip in frame.strips], scale, frame.row)
    return f'{drawn}<path d="{lines}" stroke="var(--paper)" stroke-width=".5"/>{letters}'


def _days(frame: _Frame) -> str:
    """Write the day of knowledge beside rows, as many as there is room for."""
    every = ceil(LINE / frame.row)
    middles = ((strip, _TOP + frame.top(place) + frame.row / 2 + 4) for place, strip in enumerate(frame.strips) if place % every == 0)
    words = (f'<text x="{GUTTER - 6}" y="{y:g}">{strip.begin.day} {strip.begin:%b} {strip.begin.year}</text>' for strip, y in middles)
    return f'<text x="0" y="11">known on</text><g text-anchor="end">{"".join(words)}</g>'


def _axis(frame: _Frame, scale: Scale) -> str:
    ticks = scale.ticks()
    lines = "".join(f"M{tick.x:g} 0v{frame.height + 4:g}" for tick in ticks)
    y = f"{frame.height + LINE + 3:g}"
    words = "".join(f'<text x="{tick.x:g}" y="{y}">{tick.words}</text>' for tick in ticks if tick.x < scale.width - 20)
    return f'<path class="axis" d="{lines}"/>{words}'


def _marks(frame: _Frame, scale: Scale, place: int | None, valid_at: datetime) -> str:
    """Frame the row of what was known, and draw a line up through the time in the world; before the first row there is only its edge."""
    x = scale.x(valid_at)
    top, row = (frame.height, 0.0) if place is None else (frame.top(place), frame.row)
    day = f"{valid_at.day} {valid_at:%b} {valid_at.year}"
    anchor = "end" if x > scale.width - 80 else "start" if x < 80 else "middle"  # noqa: PLR2004  # about half the words
    return (
        f'<text x="{x:g}" y="-6" text-anchor="{anchor}">{day}</text><path class="today" d="M{x:g} -4V{frame.height:g}"/>'
        f'<rect class="mark" fill="none" x="0" y="{top:g}" width="{scale.width:g}" height="{row:g}"/>'
        f'<circle class="mark" fill="none" cx="{x:g}" cy="{top + row / 2:g}" r="4"/>'
    )


def _description(strips: Sequence[KnowledgeStrip], place: int | None, valid_at: datetime, known_at: datetime) -> str:
    days = f"on {moment_words(valid_at)}, as known on {moment_words(known_at)}"
    stage = Status.NOT_KNOWN if place is None else believed(strips[place], valid_at)
    span = f"Time in the world runs across, knowledge upwards from {moment_words(strips[0].begin)}. " if strips else ""
    return f"{span}Where the lines meet, {days}: {WORDS[stage]}."
