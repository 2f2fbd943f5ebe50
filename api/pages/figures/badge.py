"""The badge: a model's stage as a small picture that stands by itself, wherever a page shows it."""

from unicodedata import combining, east_asian_width

from api.pages.figures.escaping import xml_text
from domain.stages import Stage

HEIGHT = 20
PADDING = 6
SIDE_MAX = 60
"""Characters of each side that are shown; the title holds more."""

_LABEL = ("#3b434b", "#ffffff")
_NO_STAGE = ("#ffffff", "#3b434b")
_COLOURS = {
    Stage.PREVIEW: ("#cfe0f5", "#14304f"),
    Stage.GENERALLY_AVAILABLE: ("#bfe3cb", "#0e3a21"),
    Stage.LEGACY: ("#fbe3a1", "#443200"),
    Stage.DEPRECATED: ("#f7c3a0", "#4e1d00"),
    Stage.RETIRED: ("#d4d2da", "#2c2934"),
}
"""Ground and text of each stage: at least 7 to 1."""

_WIDTHS = {4: "ijl'|!.,:;I ", 5: "frt()[]-/\\J1", 9: "wGOQDHNUm@%", 11: "MW—…"}
_GLYPHS = {glyph: width for width, glyphs in _WIDTHS.items() for glyph in glyphs}
_OTHER = 7
_WIDE = 11


def badge_svg(label: str, message: str, stage: Stage | None) -> str:
    """Draw a badge: what it is about on the left, what holds on the right, in the stage's colours; none has no stage.

    The same words make the same bytes. Any text may stand in it.
    """
    left, right = xml_text(label, SIDE_MAX), xml_text(message, SIDE_MAX)
    left_width, right_width = (text_width(side.unescape()) + 2 * PADDING for side in (left, right))
    ground, ink = _COLOURS[stage] if stage else _NO_STAGE
    width = left_width + right_width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img">'
        f"<title>{xml_text(label)}: {xml_text(message)}</title>"
        f'<rect width="{width}" height="{HEIGHT}" rx="3" fill="{_LABEL[0]}"/>'
        f'<path d="M{left_width} .5h{right_width - 3.5:g}a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3H{left_width}z" '
        f'fill="{ground}" stroke="{_LABEL[0]}"/>'
        '<g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f"{_text(left, left_width / 2, left_width, _LABEL[1])}{_text(right, left_width + right_width / 2, right_width, ink)}"
        "</g></svg>\n"
    )


def text_width(text: str) -> int:
    """Return about how many units a text takes at the badge's size."""
    return sum(map(_glyph_width, text))


def _glyph_width(glyph: str) -> int:
    if combining(glyph):
        return 0
    if east_asian_width(glyph) in "WF":
        return _WIDE
    return _GLYPHS.get(glyph, _OTHER)


def _text(text: str, middle: float, width: int, ink: str) -> str:
    length = width - 2 * PADDING
    fitted = f' textLength="{length}" lengthAdjust="spacingAndGlyphs"' if length else ""
    return f'<text x="{middle:g}" y="14" fill="{ink}"{fitted}>{text}</text>'
