"""Scales: where instants lie, and the marks of an axis."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.figures.scale import TICK_GAP_MIN, Scale
from tests.spec import at

INSTANTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("instant", "x"),
    [("2024-01-01", 0), ("2023-12-31", 0), ("2024-01-02", 1), ("2024-01-01T06:00:00Z", 0.25), ("2025-01-01", 366), ("2025-06-01", 366)],
)
def test_an_instant_lies_in_the_figure(instant: str, x: float) -> None:
    assert Scale(at("2024-01-01"), at("2025-01-01"), 366).x(at(instant)) == x


@given(INSTANTS)
def test_a_place_has_two_decimals(instant: datetime) -> None:
    x = Scale(at("2024-01-01"), at("2025-01-01"), 517).x(instant)
    assert (x, 0 <= x <= 517) == (round(x, 2), True)


def test_an_open_end_lies_where_it_is_said_to() -> None:
    scale = Scale(at("2024-01-01"), at("2025-01-01"), 100)
    assert (scale.x(None), scale.x(None, 100)) == (0, 100)


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        ("2024-11-15", "2025-03-15", ["Dec", "2025", "Feb", "Mar"]),
        ("2024-06-01", "2025-12-01", ["Jul", "Oct", "2025", "Apr", "Jul", "Oct"]),
        ("2022-06-01", "2025-12-01", ["2023", "2024", "2025"]),
        ("1985-06-01", "2025-12-01", ["1990", "1995", "2000", "2005", "2010", "2015", "2020", "2025"]),
        ("2024-02-02", "2024-02-20", []),
    ],
)
def test_the_marks_are_months_quarters_or_years_by_length(begin: str, end: str, words: list[str]) -> None:
    assert [tick.words for tick in Scale(at(begin), at(end), 520).ticks()] == words


@given(INSTANTS, INSTANTS, st.sampled_from([40.0, 240.0, 520.0]))
def test_marks_lie_in_order_in_the_figure_with_room_for_their_words(one: datetime, other: datetime, width: float) -> None:
    places = [tick.x for tick in Scale(min(one, other), max(one, other), width).ticks()]
    assert all(0 <= x <= width for x in places)
    gaps = [right - left for left, right in pairwise(places)]
    assert all(gap >= TICK_GAP_MIN * 0.9 for gap in gaps), "but for months of unlike length"


def test_a_span_of_nothing_is_drawn_too() -> None:
    now = at("2024-01-01")
    scale = Scale(now, now, 100)
    assert (scale.x(now), scale.x(now + timedelta(days=1))) == (0, 100)
