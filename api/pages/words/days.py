"""Days and instants in a running sentence, as exact as they are: all in UTC."""

from datetime import UTC, date, datetime

from api.pages.clocks import MIDNIGHT
from api.pages.shown import day_words
from domain.dates import AnyDate, FirmDate, Precision, When, WithdrawnDate
from domain.errors import InvalidDate


def moment_words(at: datetime) -> str:
    """Write an instant: `15 April 2025`, and with its time where it is not the first instant of a day."""
    at = at.astimezone(UTC)
    return day_words(at.date()) if at.timetz() == MIDNIGHT else f"{day_words(at.date())}, {at:%H:%M:%S} UTC"


def date_words(stated: AnyDate) -> str:
    """Write a published date as exact as it was published: `15 April 2025`, `April 2025`, `not before 3 April 2025`, `withdrawn`."""
    if isinstance(stated, WithdrawnDate):
        return "withdrawn"
    words = _when_words(stated.value)
    return words if isinstance(stated, FirmDate) else f"not before {words}"


def on_words(stated: FirmDate) -> str:
    """Write when a firm date takes effect: `on 15 April 2025`; of a month, `at the end of April 2025`."""
    how = "at the end of" if stated.value.precision is Precision.MONTH else "on"
    return f"{how} {_when_words(stated.value)}"


def distance_words(at: datetime | date, now: datetime | date) -> str:
    """Write how many calendar days away a day is: `in 12 days`, `tomorrow`, `today`, `12 days ago`."""
    days = (_day(at) - _day(now)).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    if near:
        return near
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"


def text_words(text: str) -> str:
    """Write what the API writes as a date or an instant; any other text as it is."""
    try:
        return _when_words(When.parse(text))
    except InvalidDate:
        return text


def _when_words(when: When) -> str:
    if when.precision is Precision.MONTH:
        return f"{when.floor_at:%B} {when.floor_at.year}"
    return moment_words(when.floor_at)


def _day(at: datetime | date) -> date:
    return at.astimezone(UTC).date() if isinstance(at, datetime) else at
