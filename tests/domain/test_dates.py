"""Published dates: firm, floor or withdrawn, as exact as they were published."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.dates import AnyDate, Precision, StatedDate, When, date_text, firm, no_date, not_before
from domain.errors import InvalidDate
from tests.spec import day_text

ANY_DATE: TypeAdapter[AnyDate] = TypeAdapter(StatedDate)


@pytest.mark.parametrize(
    ("text", "precision", "firm_at", "floor_at"),
    [
        ("2025-04-15", Precision.DAY, "2025-04-15", "2025-04-15"),
        ("2024-02-29", Precision.DAY, "2024-02-29", "2024-02-29"),
        ("2025-04", Precision.MONTH, "2025-05-01", "2025-04-01"),
        ("2024-12", Precision.MONTH, "2025-01-01", "2024-12-01"),
        ("2025-04-15T09:00:00Z", Precision.INSTANT, "2025-04-15T09:00:00Z", "2025-04-15T09:00:00Z"),
        ("9999-12-31", Precision.DAY, "9999-12-31", "9999-12-31"),
    ],
)
def test_a_month_is_firm_at_its_end_and_a_floor_at_its_beginning(text: str, precision: Precision, firm_at: str, floor_at: str) -> None:
    when = When.parse(text)
    assert (str(when), when.precision, day_text(when.firm_at), day_text(when.floor_at)) == (text, precision, firm_at, floor_at)
    assert (firm(text).at, not_before(text).at) == (when.firm_at, when.floor_at)


def test_an_instant_is_kept_in_utc() -> None:
    assert str(When.parse("2025-04-15T01:30:00+02:00")) == "2025-04-14T23:30:00Z"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "another form"),
        ("soon", "another form"),
        ("15/04/2025", "another form"),
        ("April 15, 2025", "another form"),
        ("2025-4-5", "another form"),
        ("2025", "another form"),
        ("2025-04-15T09:00:00", "no offset"),
        ("2025-02-29", "day is out of range"),
        ("2025-13", "month must be in 1..12"),
        ("2025-00-10", "month must be in 1..12"),
        ("0000-01", "year 0"),
        ("9999-12", "year 10000"),
        ("\N{FULLWIDTH DIGIT TWO}025-04", "another form"),
        ("\u0662\u0660\u0662\u0665-\u0660\u0664", "another form"),
        ("2025-04\n", "another form"),
        ("2025-04-15\0", "another form"),
    ],
)
def test_what_names_no_date_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidDate) as refused:
        When.parse(text)
    assert refused.value.text == text
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (firm("2025-04-15", raw="April 15, 2025"), "2025-04-15"),
        (not_before("2025-04"), "not before 2025-04"),
        (no_date(raw="TBD"), "withdrawn"),
    ],
)
def test_dates_read_like_sentences_and_survive_the_way_through_json(date: AnyDate, text: str) -> None:
    assert date_text(date) == text
    assert ANY_DATE.validate_json(ANY_DATE.dump_json(date)) == date


@pytest.mark.parametrize(
    "stored",
    [
        '{"kind":"on","raw":null}',
        '{"kind":"on","raw":null,"value":null}',
        '{"kind":"on","raw":null,"value":"2025-13"}',
        '{"kind":"withdrawn","raw":null,"value":"2025-04-15"}',
        '{"kind":"perhaps","raw":null,"value":"2025-04-15"}',
        '{"kind":"on","raw":null,"value":"2025-04-15","at":1}',
    ],
)
def test_a_stored_date_that_says_too_little_or_too_much_is_refused(stored: str) -> None:
    with pytest.raises((ValidationError, InvalidDate, TypeError)):
        ANY_DATE.validate_json(stored)
