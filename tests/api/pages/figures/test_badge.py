"""Badges: they stand by themselves, hold any text, and can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.figures.badge import SIDE_MAX, badge_svg, text_width
from domain.stages import Stage
from tests.api.pages.figures.drawn import drawn

CONTRAST_AA = 4.5


def test_a_badge_says_what_it_is_about_and_what_holds() -> None:
    figure = drawn(badge_svg("azure/mistral-large", "deprecated", Stage.DEPRECATED))
    assert figure.words() == ["azure/mistral-large", "deprecated"]
    assert figure.words("title") == ["azure/mistral-large: deprecated"]
    assert figure.root.get("role") == "img"


def test_the_same_words_make_the_same_bytes() -> None:
    assert badge_svg("a", "b", Stage.LEGACY) == badge_svg("a", "b", Stage.LEGACY)


@pytest.mark.parametrize("stage", [*Stage, None])
def test_each_colour_can_be_read(stage: Stage | None) -> None:
    figure = drawn(badge_svg("a", "b", stage))
    label, message = (text.get("fill", "") for text in figure.all("text"))
    assert _contrast(label, figure.all("rect")[0].get("fill", "")) >= CONTRAST_AA
    assert _contrast(message, figure.all("path")[0].get("fill", "")) >= CONTRAST_AA


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("</text><script>alert(1)</script>", "</text><script>alert(1)</script>"),
        ('"\r\nX: y', '" X: y'),
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("\ud800", "\ufffd"),
        ("]]>&amp;", "]]>&amp;"),
    ],
)
def test_a_hostile_text_is_a_text(hostile: str, shown: str) -> None:
    figure = drawn(badge_svg(hostile, hostile, None))
    assert figure.words() == [shown, shown]
    assert not figure.all("script")


@given(st.text(), st.text())
def test_any_text_makes_xml_within_bounds(label: str, message: str) -> None:
    svg = badge_svg(label, message, Stage.PREVIEW)
    assert svg.encode()
    assert all(len(words) <= SIDE_MAX for words in drawn(svg).words())
    assert 0 < int(drawn(svg).root.get("width", "0")) <= 2 * (SIDE_MAX * 11 + 12)


def test_a_long_name_is_cut_and_told_in_the_title() -> None:
    figure = drawn(badge_svg("x" * 100, "retired", Stage.RETIRED))
    assert figure.words()[0] == "x" * (SIDE_MAX - 1) + "…"
    assert figure.words("title") == [f"{'x' * 100}: retired"]


def test_wide_glyphs_take_more_room_and_marks_on_letters_none() -> None:
    assert text_width("il") < text_width("ab") < text_width("MW") <= text_width("模型")
    assert text_width("e\u0301") == text_width("e")


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, by WCAG 2.2."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
