"""Coverage bars: everyone is in them, each part can be told from the others, and the counts stand beside."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.figures.coverage import PART_MIN, WIDTH, CoverageParts, coverage_svg, patterns_svg
from tests.api.pages.figures.drawn import Drawn, drawn

COUNTS = st.integers(0, 1_000_000)


def bars(figure: Drawn) -> list[tuple[str, float, float]]:
    """The pattern, left end and width of each part."""
    found = [(e.get("fill", ""), float(e.get("x", "0")), float(e.get("width", "0"))) for e in figure.all("rect")]
    return [(fill.removeprefix("url(#c-").removesuffix(")"), left, width) for fill, left, width in found]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (CoverageParts(41, 2, 1, 4, 3), "41 accepted (3 late), 2 pending, 1 failed, 4 excluded"),
        (CoverageParts(100_000, 0, 0, 0), "100,000 accepted"),
        (CoverageParts(0, 0, 0, 5), "0 accepted, 5 excluded"),
        (CoverageParts(0, 0, 0, 0), "nobody had to be told"),
    ],
)
def test_the_counts_are_told_in_words(parts: CoverageParts, words: str) -> None:
    assert parts.words == words
    assert drawn(coverage_svg(parts)).root.get("aria-label") == words


def test_those_told_late_are_among_the_accepted() -> None:
    assert CoverageParts(41, 2, 1, 4, 3).named == (("in time", 38), ("late", 3), ("pending", 2), ("failed", 1), ("excluded", 4))


def test_a_part_of_nobody_is_not_drawn() -> None:
    assert [name for name, *_ in bars(drawn(coverage_svg(CoverageParts(1, 0, 1, 0))))] == ["in-time", "failed"]


def test_every_part_has_a_pattern_of_its_own() -> None:
    patterns = drawn(patterns_svg())
    marks = {
        e.get("id", "").removeprefix("c-"): path.get("d") for e, path in zip(patterns.all("pattern"), patterns.all("path"), strict=True)
    }
    assert set(marks) == {name.replace(" ", "-") for name, _ in CoverageParts(0, 0, 0, 0).named}
    assert len(set(marks.values())) == len(marks)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.data())
def test_the_parts_fill_the_bar_and_each_is_seen(accepted: int, pending: int, failed: int, excluded: int, data: st.DataObject) -> None:
    parts = CoverageParts(accepted, pending, failed, excluded, data.draw(st.integers(0, accepted)))
    found = bars(drawn(coverage_svg(parts)))
    assert all(width >= PART_MIN for _, _, width in found)
    assert all(left + width == pytest.approx(following, abs=0.02) for (_, left, width), (_, following, _) in pairwise(found))
    if parts.everyone:
        assert found[-1][1] + found[-1][2] == pytest.approx(WIDTH, abs=0.05)


def test_nothing_in_a_bar_is_refused_by_the_content_policy() -> None:
    assert not re.search(r"style|<script|href|on\w+=", coverage_svg(CoverageParts(1, 1, 1, 1, 1)) + patterns_svg())
