"""The figures of a model's page: its life, and what was believed of it when, both over the same span of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from api.pages.figures.bands import axis_svg, bands_svg
from api.pages.figures.knowledge import knowledge_svg
from api.pages.figures.scale import Scale
from api.pages.model.view import ModelView

WIDTH = 640
HEIGHT = 26
MARGIN = timedelta(days=45)
SPAN_MAX = timedelta(days=365 * 8)
_FIRST, _LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Figures stay between them: a calendar ends somewhere, and a span around its ends cannot be reckoned."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The figures."""

    life: Markup
    axis: Markup
    beliefs: Markup
    parts: Sequence[Markup]


def drawn(view: ModelView) -> Drawn:
    """Draw a model."""
    scale = scale_of(view)
    at = view.question.valid_at
    return Drawn(
        bands_svg(view.bands, scale, today=at, floors=view.floors, height=HEIGHT),
        axis_svg(scale),
        knowledge_svg(view.beliefs, scale, valid_at=at, known_at=view.question.known_at) if view.beliefs else Markup(),
        [bands_svg(part.bands, scale, today=at, floors=part.floors) for part in view.parts],
    )


def scale_of(view: ModelView) -> Scale:
    """Return the span that the figures show: all changes that ever were believed in, within eight years around the question."""
    at = min(max(view.question.valid_at, _FIRST), _LAST)
    floors = [*view.floors, *(floor for part in view.parts for floor in part.floors)]
    floors += [floor for belief in view.beliefs for floor in belief.floors]
    instants = [at, *view.edges, *(floor.at for floor in floors)]
    for belief in view.beliefs:
        instants += [band.begin for band in belief.bands if band.begin]
    begin, end = max(min(instants), at - SPAN_MAX / 2), min(max(instants), at + SPAN_MAX / 2)
    return Scale(begin - MARGIN, end + MARGIN, WIDTH)
