"""Letters over rows that are too low to hold one each: a letter stands where the same stage goes on through several of them."""

from collections.abc import Iterable, Sequence
from math import ceil

from api.pages.figures.bands import LETTER_WIDTH, Band
from api.pages.figures.scale import Scale
from api.pages.shown import LETTERS
from domain.rules.answers import Status

Stretch = tuple[float, float]


def letters_drawn(rows: Sequence[Sequence[Band]], scale: Scale, height: float) -> str:
    """Write the letters of low rows, the first at the bottom. Rows that are high enough have letters of their own."""
    if height >= LETTER_WIDTH:
        return ""
    several = ceil(LETTER_WIDTH / height)
    words = ""
    for first in range(0, len(rows) - several + 1, several):
        found = list(_common(rows[first : first + several], scale))
        if found:
            y = height * (len(rows) - first - several / 2) + 4
            places = " ".join(f"{middle:.0f}" for middle, _ in found)
            words += f'<text x="{places}" y="{y:.1f}">{"".join(letter for _, letter in found)}</text>'
    return f'<g text-anchor="middle">{words}</g>'


def _common(rows: Sequence[Sequence[Band]], scale: Scale) -> Iterable[tuple[float, str]]:
    """Give the middle and letter of each stretch that is of one stage in all rows, and wide enough."""
    for band in rows[0]:
        left, right = _stretch(band, scale)
        for row in rows[1:]:
            same = [_stretch(other, scale) for other in row if other.status is band.status]
            left, right = max(((max(left, a), min(right, b)) for a, b in same), key=_width, default=(0.0, 0.0))
        if right - left >= LETTER_WIDTH and band.status is not Status.NOT_KNOWN:
            yield (left + right) / 2, LETTERS[band.status]


def _stretch(band: Band, scale: Scale) -> Stretch:
    return scale.x(band.begin), scale.x(band.end, scale.width)


def _width(stretch: Stretch) -> float:
    return stretch[1] - stretch[0]
