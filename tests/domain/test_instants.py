"""Instants: aware, in UTC, and written one way."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.clock import system_clock
from domain.errors import InvalidInstant
from domain.events import ModelListed
from domain.instants import format_instant, parse_instant, start_of
from tests.spec import listed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2025-01-20", "2025-01-20T00:00:00Z"),
        ("2025-01-20T09:00:00Z", "2025-01-20T09:00:00Z"),
        ("2025-01-20T09:00:00.5Z", "2025-01-20T09:00:00.500000Z"),
        ("2025-01-20T01:00:00+02:00", "2025-01-19T23:00:00Z"),
        ("2025-01-20 09:00:00-05:30", "2025-01-20T14:30:00Z"),
        ("2024-12-14T23:59:59.9999999Z", "2024-12-14T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_bare_date_is_its_first_instant_and_everything_is_written_in_utc(text: str, written: str) -> None:
    assert format_instant(parse_instant(text)) == written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2025-01-20T09:00:00", "no offset from UTC"),
        ("2025-01-20T09:00", "no offset from UTC"),
        ("20250120", "no offset from UTC"),
        ("2025-02-29", "day is out of range"),
        ("2025-01-20T25:00:00Z", "hour must be"),
        ("2025-06-30T23:59:60Z", "second must be"),
        ("0001-01-01T00:00:00+14:00", "outside the years 1 to 9999"),
        ("9999-12-31T23:59:59-14:00", "outside the years 1 to 9999"),
        ("yesterday", "another form"),
        ("", "another form"),
        ("1737363600", "another form"),
        ("\N{FULLWIDTH DIGIT TWO}025-01-20", "another form"),
        ("x" * 10_000, "another form"),
    ],
)
def test_what_names_no_instant_is_refused_in_a_short_sentence(text: str, reason: str) -> None:
    with pytest.raises(InvalidInstant) as refused:
        parse_instant(text)
    assert reason in refused.value.reason
    assert len(refused.value.sentence) < 250


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert system_clock().tzinfo is UTC
    assert system_clock() <= system_clock()


def test_a_day_begins_at_midnight_utc() -> None:
    assert start_of(datetime(2025, 1, 20, 9, tzinfo=UTC).date()) == parse_instant("2025-01-20")


def test_an_event_holds_its_instants_in_utc_whatever_offset_they_came_with() -> None:
    summer = timezone(timedelta(hours=2))
    event = ModelListed(**{**dict(listed()), "announced_at": datetime(2025, 1, 1, 1, tzinfo=summer)})
    assert event.announced_at.date().isoformat() == "2024-12-31"
    assert '"announced_at":"2024-12-31T23:00:00Z"' in event.model_dump_json()


@pytest.mark.parametrize("instant", [datetime(2025, 1, 1), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))])  # noqa: DTZ001  # that is what is refused
def test_an_event_takes_no_naive_instant_and_none_outside_the_calendar(instant: datetime) -> None:
    with pytest.raises(ValidationError):
        ModelListed(**{**dict(listed()), "announced_at": instant})
