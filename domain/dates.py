"""Published dates, kept as exact as they were published: firm, floor, or withdrawn."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Discriminator, PlainSerializer, PlainValidator

from domain.errors import InvalidDate, InvalidInstant
from domain.instants import format_instant, parse_instant, start_of
from domain.values import Frozen

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class Precision(StrEnum):
    """How exactly a published date names its moment."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class When:
    """The moment that a published date names, kept as exact as it was published.

    A month as a firm date takes effect at the first instant of the next month, as a floor at the first of the month.
    """

    text: str
    precision: Precision
    firm_at: datetime
    floor_at: datetime

    @classmethod
    def parse(cls, text: str) -> "When":
        """Read `2025-04-15`, `2025-04` or an instant with an offset.

        Raises:
            InvalidDate: the text is none of the three, or no such day exists.
        """
        return _parse_when(text)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=16_384)
def _parse_when(text: str) -> When:
    if _DAY.fullmatch(text):
        at = start_of(_day(text))
        return When(text, Precision.DAY, at, at)
    if month := _MONTH.fullmatch(text):
        return _month(text, int(month[1]), int(month[2]))
    try:
        at = parse_instant(text)
    except InvalidInstant as error:
        raise InvalidDate(text, error.reason) from None
    return When(format_instant(at), Precision.INSTANT, at, at)


def _month(text: str, year: int, month: int) -> When:
    try:
        first = datetime(year, month, 1, tzinfo=UTC)
        following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    except ValueError as error:
        raise InvalidDate(text, str(error)) from None
    return When(text, Precision.MONTH, firm_at=following, floor_at=first)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidDate(text, str(problem)) from None


def _stored_when(value: When | str) -> When:
    return value if isinstance(value, When) else _parse_when(value)


WhenField = Annotated[When, PlainValidator(_stored_when), PlainSerializer(str, return_type=str)]


class FirmDate(Frozen):
    """A date on which the stage is entered."""

    kind: Literal["on"]
    raw: str | None
    value: WhenField

    @property
    def at(self) -> datetime:
        """The instant from which the stage holds."""
        return self.value.firm_at


class FloorDate(Frozen):
    """`No earlier than`: a promise about the past of that date. It never moves a model by itself."""

    kind: Literal["not_before"]
    raw: str | None
    value: WhenField

    @property
    def at(self) -> datetime:
        """The instant before which the stage is not entered."""
        return self.value.floor_at


class WithdrawnDate(Frozen):
    """There was a date, and now there is none."""

    kind: Literal["withdrawn"]
    raw: str | None
    value: None


StatedDate = Annotated[FirmDate | FloorDate | WithdrawnDate, Discriminator("kind")]
AnyDate = FirmDate | FloorDate | WithdrawnDate


def firm(text: str, raw: str | None = None) -> FirmDate:
    """State a firm date: `firm("2025-04-15")`, `firm("2025-04")`."""
    return FirmDate(kind="on", raw=raw, value=When.parse(text))


def not_before(text: str, raw: str | None = None) -> FloorDate:
    """State a floor: `not_before("2025-04-03")`."""
    return FloorDate(kind="not_before", raw=raw, value=When.parse(text))


def no_date(raw: str | None = None) -> WithdrawnDate:
    """State that a date which was there is there no longer."""
    return WithdrawnDate(kind="withdrawn", raw=raw, value=None)


def date_text(date: AnyDate) -> str:
    """Write a date as people read it: `2025-04-15`, `not before 2025-04-15`, `withdrawn`."""
    if isinstance(date, WithdrawnDate):
        return "withdrawn"
    return f"not before {date.value.text}" if isinstance(date, FloorDate) else date.value.text
