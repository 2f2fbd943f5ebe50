"""Bands: they cover the figure, never overlap, carry their letters, and stay small."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.figures.bands import LETTER_WIDTH, Band, Floor, axis_svg, bands_svg
from api.pages.figures.scale import Scale
from api.pages.shown import LETTERS
from domain.rules.answers import Status
from domain.stages import Stage
from tests.api.pages.figures.drawn import drawn
from tests.spec import at

PREVIEW, GA, LEGACY, DEPRECATED, RETIRED = Stage
SCALE = Scale(at("2024-01-01"), at("2026-01-01"), 731)
"""A day a unit."""
TODAY = at("2025-01-20")


def life(*turns: tuple[str, Stage | Status]) -> Sequence[Band]:
    """The stage that holds from each day on; the first one reaches back for ever."""
    begins = [None, *(at(day) for day, _ in turns[1:])]
    return [Band(begin, end, status) for (begin, end), (_, status) in zip(pairwise([*begins, None]), turns, strict=True)]


MISTRAL = life(("", Status.NOT_LISTED), ("2024-02-26", GA), ("2024-11-30", LEGACY), ("2025-01-15", DEPRECATED), ("2025-04-15", RETIRED))


def test_each_stage_is_a_band_with_its_colour_and_its_letter() -> None:
    figure = drawn(bands_svg(MISTRAL, SCALE, today=TODAY))
    assert figure.rects() == [
        ("s-not_listed", 0, 56),
        ("s-generally_available", 56, 334),
        ("s-legacy", 334, 380),
        ("s-deprecated", 380, 470),
        ("s-retired", 470, 731),
    ]
    assert figure.words() == ["·GLDR"]


def test_letters_stand_in_their_bands() -> None:
    figure = drawn(bands_svg(MISTRAL, SCALE, today=TODAY))
    places = [float(x) for x in figure.all("text")[0].get("x", "").split()]
    assert all(left < place < right for place, (_, left, right) in zip(places, figure.rects(), strict=True))


def test_a_band_without_room_for_its_letter_is_named_by_a_title() -> None:
    figure = drawn(bands_svg(life(("", GA), ("2025-01-01", LEGACY), ("2025-01-05", RETIRED)), SCALE, today=TODAY))
    assert (figure.words(), figure.words("title")) == (["GR"], ["Legacy"])


def test_what_was_not_known_is_left_blank() -> None:
    assert not drawn(bands_svg(life(("", Status.NOT_KNOWN)), SCALE, today=TODAY)).rects()


@pytest.mark.parametrize(("today", "x"), [("2024-01-11", "M10 0v16"), ("2020-01-01", "M0 0v16"), ("2030-01-01", "M731 0v16")])
def test_a_line_marks_today_within_the_figure(today: str, x: str) -> None:
    lines = drawn(bands_svg(MISTRAL, SCALE, today=at(today), floors=[Floor(at("2025-04-03"), RETIRED)])).all("path")
    assert [(line.get("class"), line.get("d")) for line in lines] == [("floor", "M458 0v16"), ("today", x)]


def test_the_axis_names_its_marks() -> None:
    assert drawn(axis_svg(SCALE)).words() == ["2024", "2025"]


STATUSES = st.sampled_from([*Stage, Status.NOT_LISTED])
TURNS = st.lists(st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), max_size=8, unique=True).map(sorted)  # noqa: DTZ001  # the strategy adds UTC


@given(TURNS, st.data())
def test_bands_cover_the_figure_without_overlap_and_show_each_letter_that_fits(turns: list[datetime], data: st.DataObject) -> None:
    statuses = [data.draw(STATUSES) for _ in range(len(turns) + 1)]
    bands = [Band(begin, end, status) for (begin, end), status in zip(pairwise([None, *turns, None]), statuses, strict=True)]
    figure = drawn(bands_svg(bands, SCALE, today=TODAY))
    rects = figure.rects()
    assert (rects[0][1], rects[-1][2]) == (0, 731)
    assert all(one[2] == pytest.approx(other[1], abs=0.015) for one, other in pairwise(rects))
    letters = {f"s-{status}": letter for status, letter in LETTERS.items()}
    unnamed = [name for (name, *_), e in zip(rects, figure.all("rect"), strict=True) if e.find("title") is None]
    assert "".join(figure.words("text")) == "".join(letters[name] for name in unnamed)
    wide = [name for name, left, right in rects if right - left >= LETTER_WIDTH + 0.01]
    narrow = [name for name, left, right in rects if right - left < LETTER_WIDTH - 0.01]
    assert len(wide) <= len(unnamed) <= len(rects) - len(narrow)


def test_a_band_costs_less_than_120_bytes() -> None:
    assert len(bands_svg(MISTRAL, SCALE, today=TODAY).encode()) < 120 * len(MISTRAL)
