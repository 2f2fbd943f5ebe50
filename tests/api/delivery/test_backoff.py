"""When somebody is tried again: later and later, by chance and yet always the same, and at last no more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.backoff import ATTEMPTS_MAX, CEILING_SECONDS, FIRST_SECONDS, next_attempt

LAST = datetime(2025, 1, 20, tzinfo=UTC)
DAY = 86_400
KEYS = [f"8.{number}" for number in range(500)]


def pause(attempts: int, key: str) -> float:
    at = next_attempt(attempts, LAST, key)
    assert at
    return (at - LAST).total_seconds()


@given(st.integers(1, ATTEMPTS_MAX - 1), st.text(max_size=10))
def test_a_pause_lies_between_half_and_all_of_what_doubles_up_to_the_ceiling(attempts: int, key: str) -> None:
    longest = min(CEILING_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1))
    assert longest / 2 <= pause(attempts, key) <= longest
    assert pause(attempts, key) == pause(attempts, key)


@pytest.mark.parametrize("attempts", range(1, ATTEMPTS_MAX - 1))
def test_nobody_is_asked_sooner_after_one_more_failure_than_the_least_before(attempts: int) -> None:
    assert min(pause(attempts + 1, key) for key in KEYS) >= min(FIRST_SECONDS * 2 ** (attempts - 1), CEILING_SECONDS / 2)


@pytest.mark.parametrize("attempts", [1, 5, ATTEMPTS_MAX - 1])
def test_a_crowd_that_failed_at_once_comes_back_spread_out(attempts: int) -> None:
    longest = min(CEILING_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1))
    quarters = [int((pause(attempts, key) / longest - 0.5) * 8) for key in KEYS]
    assert all(80 < quarters.count(quarter) < 170 for quarter in range(4))


def test_the_chance_is_another_at_each_attempt() -> None:
    shares = {round(pause(attempts, "8.1") / min(CEILING_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1)), 6) for attempts in range(1, 20)}
    assert len(shares) == 19


@pytest.mark.parametrize("attempts", [ATTEMPTS_MAX, ATTEMPTS_MAX + 1, 10_000])
def test_after_enough_attempts_somebody_is_given_up(attempts: int) -> None:
    assert next_attempt(attempts, LAST, "8.1") is None


def test_that_is_after_about_three_days() -> None:
    totals = [sum(pause(attempts, key) for attempts in range(1, ATTEMPTS_MAX)) / DAY for key in KEYS]
    assert 2.4 < min(totals) < max(totals) < 3.6
    assert 2.9 < sum(totals) / len(totals) < 3.1


def test_it_is_counted_from_the_last_attempt() -> None:
    later = LAST + timedelta(days=7)
    assert next_attempt(3, later, "8.1") == later + timedelta(seconds=pause(3, "8.1"))
