"""Bands: one life as stretches of equal stage, each with its colour and its letter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from api.pages.figures.scale import Scale
from api.pages.shown import LETTERS
from domain.rules.answers import Status
from domain.stages import Stage

HEIGHT = 16
LETTER_WIDTH = 11
"""A band at least so wide shows its letter."""


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
    pieces = [piece for band in bands for piece in _band(band, scale, height)]
    pieces += [f'<path class="floor" d="M{scale.x(floor.at):g} 0v{height}"/>' for floor in floors]
    pieces.append(f'<path class="today" d="M{scale.x(today):g} 0v{height}"/>')
    return Markup(f'<svg viewBox="0 0 {scale.width:g} {height}" aria-hidden="true">{"".join(pieces)}</svg>')  # noqa: S704  # numbers alone


def axis_svg(scale: Scale) -> Markup:
    """Draw the axis of such lives."""
    marks = "".join(f'<text x="{tick.x:g}" y="10">{tick.words}</text>' for tick in scale.ticks() if tick.x < scale.width - 20)
    lines = "".join(f"M{tick.x:g} 12v4" for tick in scale.ticks())
    return Markup(  # noqa: S704  # numbers and years alone
        f'<svg viewBox="0 0 {scale.width:g} 16" aria-hidden="true"><path class="axis" d="{lines}"/>{marks}</svg>'
    )


def _band(band: Band, scale: Scale, height: int) -> Iterable[str]:
    if band.status is Status.NOT_KNOWN:
        return
    left, right = scale.x(band.begin), scale.x(band.end, scale.width)
    if right <= left:
        return
    yield f'<rect class="s-{band.status.value}" x="{left:g}" width="{right - left:g}" height="{height}"/>'
    if right - left >= LETTER_WIDTH:
        yield f'<text x="{(left + right) / 2 - 4:.4g}" y="{height - 4}">{LETTERS[band.status]}</text>'
