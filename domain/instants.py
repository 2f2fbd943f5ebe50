"""Instants: moments in time, timezone-aware and in UTC. An instant is not a date."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from domain.errors import InvalidInstant

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(_OUTSIDE) from None


_OUTSIDE = "it lies outside the years 1 to 9999"

Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in time as an event or an answer holds it: in UTC, whatever offset it came with."""


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant, or a bare date as 00:00:00 UTC of that day.

    Raises:
        InvalidInstant: the text names no real instant, or has no offset from UTC.
    """
    if _DAY.fullmatch(text):
        return start_of(_day(text))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInstant(text, _reason(error)) from None
    if instant.tzinfo is None:
        raise InvalidInstant(text, "it has no offset from UTC; add Z, or +02:00 and the like")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InvalidInstant(text, _OUTSIDE) from None


def format_instant(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, ending in Z; the fraction only where there is one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def start_of(day: date) -> datetime:
    """Return 00:00:00 UTC of a day: a bare date means that instant, inclusive."""
    return datetime.combine(day, datetime.min.time(), UTC)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidInstant(text, str(problem)) from None


def _reason(error: ValueError) -> str:
    reason = str(error)
    return "it is written in another form" if reason.startswith("Invalid isoformat") else reason
