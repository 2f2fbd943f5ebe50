"""Bands: one life as stretches of equal stage, each with its colour and its letter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from api.pages.figures.scale import Scale
from api.pages.shown import LETTERS, WORDS
from domain.rules.answers import Status
from domain.stages import Stage

HEIGHT = 16
LETTER_WIDTH = 11
"""A band at least so wide shows its letter; a narrower one is named by its title."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of one stage. No begin or end: it reaches beyond all figures."""

    begin: datetime | None
    end: datetime | None
    status: Stage | Status


@dataclass(frozen=True, slots=True)
class Floor:
    """The instant before which a stage does not come."""

    at: datetime
    stage: Stage


def bands_svg(bands: Iterable[Band], scale: Scale, *, today: datetime, floors: Sequence[Floor] = (), height: int = HEIGHT) -> Markup:
    """Draw a life. It is decoration to those who listen: the text beside it says the same."""
    drawn = bands_drawn(bands, scale, 0, height)
    marks = "".join([f'<path class="floor" d="M{scale.x(floor.at):g} 0v{height}"/>' for floor in floors])
    return Markup(  # noqa: S704  # numbers, and words of our own
        f'<svg viewBox="0 0 {scale.width:g} {height}" aria-hidden="true">{drawn}{marks}'
        f'<path class="today" d="M{scale.x(today):g} 0v{height}"/></svg>'
    )


def bands_drawn(bands: Iterable[Band], scale: Scale, top: float, height: float) -> str:
    """Draw a row of bands, its letters in one text where it is high enough for them. What was not known is left blank."""
    rects: list[str] = []
    letters, places = "", ""
    x, width = scale.x, scale.width
    lies = f'" y="{top:g}" height="{height:g}"' if top else f'" height="{height:g}"'
    letter_min = LETTER_WIDTH if height >= LETTER_WIDTH else width + 1
    end, right = None, 0.0
    for band in bands:
        left = right if band.begin is end else x(band.begin)
        end = band.end
        right = width if end is None else x(end)
        status, wide = band.status, right - left
        if wide <= 0 or status is Status.NOT_KNOWN:
            continue
        rect = '<rect class="s-%s" x="%g" width="%g%s' % (status, left, wide, lies)  # noqa: UP031  # the quickest of the ways to write it
        if wide >= letter_min:
            letters += LETTERS[status]
            places += "%d " % (left + wide / 2)  # noqa: UP031
            rects.append(rect + "/>")
        else:
            rects.append(f"{rect}><title>{WORDS[status]}</title></rect>")
    if letters:
        rects.append(f'<text x="{places[:-1]}" y="{top + height / 2 + 4:g}" text-anchor="middle">{letters}</text>')
    return "".join(rects)


def axis_svg(scale: Scale) -> Markup:
    """Draw the axis of such lives."""
    ticks = scale.ticks()
    marks = "".join(f'<text x="{tick.x:g}" y="10">{tick.words}</text>' for tick in ticks if tick.x < scale.width - 20)
    lines = "".join(f"M{tick.x:g} 12v4" for tick in ticks)
    return Markup(  # noqa: S704  # numbers and years alone
        f'<svg viewBox="0 0 {scale.width:g} 16" aria-hidden="true"><path class="axis" d="{lines}"/>{marks}</svg>'
    )
