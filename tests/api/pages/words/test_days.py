"""Days in words: as exact as they were published."""

import pytest

from api.pages.words.days import date_words, distance_words, moment_words, on_words, text_words
from domain.dates import AnyDate, firm, no_date, not_before
from tests.spec import at


@pytest.mark.parametrize(
    ("date", "words"),
    [
        (firm("2025-04-15"), "15 April 2025"),
        (firm("2025-04"), "April 2025"),
        (firm("2024-12"), "December 2024"),
        (not_before("2025-04-03"), "not before 3 April 2025"),
        (not_before("2025-04"), "not before April 2025"),
        (no_date(), "withdrawn"),
        (firm("2025-04-15T11:30:00+02:00"), "15 April 2025, 09:30:00 UTC"),
    ],
)
def test_a_published_date_is_written_as_exact_as_it_is(date: AnyDate, words: str) -> None:
    assert date_words(date) == words


@pytest.mark.parametrize(("text", "words"), [("2025-04-15", "on 15 April 2025"), ("2025-04", "at the end of April 2025")])
def test_a_month_takes_effect_at_its_end(text: str, words: str) -> None:
    assert on_words(firm(text)) == words


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2025-04-15", "15 April 2025"),
        ("2025-04-15T23:59:59Z", "15 April 2025, 23:59:59 UTC"),
        ("2025-04-15T02:00:00+02:00", "15 April 2025"),
    ],
)
def test_an_instant_at_the_beginning_of_a_day_is_the_day(instant: str, words: str) -> None:
    assert moment_words(at(instant)) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2025-04-15", "in 12 days"),
        ("2025-04-04", "tomorrow"),
        ("2025-04-03T23:59:00Z", "today"),
        ("2025-04-02T23:59:00Z", "yesterday"),
        ("2025-03-22", "12 days ago"),
        ("2035-04-03", "in 3,652 days"),
    ],
)
def test_a_distance_is_counted_in_calendar_days(day: str, words: str) -> None:
    assert distance_words(at(day), at("2025-04-03T12:00:00Z")) == words


@pytest.mark.parametrize(("text", "words"), [("2025-04", "April 2025"), ("2025-04-15T00:00:00Z", "15 April 2025"), ("soon", "soon")])
def test_a_text_of_the_api_is_read_as_a_date_where_it_is_one(text: str, words: str) -> None:
    assert text_words(text) == words
