"""Values on the wire, in requests, answers and JSON lines alike."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from domain.dates import AnyDate, FirmDate, FloorDate, Precision, When, firm, no_date, not_before
from domain.errors import InvalidDate

RAW_LENGTH_MAX = 1000
"""Longest published text of a date, in characters."""


class WireDate(BaseModel):
    """A date as stated: exactly one of `on`, `not_before`, `month` and `withdrawn`, and the published text if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    on: str | None = None
    """A firm date: a day, or an instant with an offset."""
    not_before: str | None = None
    """A floor: a day, a month, or an instant with an offset."""
    month: str | None = None
    """A firm date that is known to the month."""
    withdrawn: Literal[True] | None = None
    """There was a date, and now there is none."""
    raw: str | None = None

    @field_validator("withdrawn", mode="before")
    @classmethod
    def _is_true(cls, withdrawn: object) -> object:
        if withdrawn is not None and withdrawn is not True:
            message = "it is true, or left out"
            raise ValueError(message)  # 1 is equal to True, and would pass
        return withdrawn

    @field_validator("on", "not_before", "month")
    @classmethod
    def _is_date(cls, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            When.parse(text if text.isascii() else "")
        except InvalidDate as problem:
            raise ValueError(problem.sentence) from None
        return text

    @field_validator("raw")
    @classmethod
    def _is_short(cls, raw: str | None) -> str | None:
        if raw is not None and len(raw) > RAW_LENGTH_MAX:
            message = f"the published text of a date has {len(raw)} characters; {RAW_LENGTH_MAX} are allowed"
            raise ValueError(message)
        return raw

    @model_validator(mode="after")
    def _states_one(self) -> "WireDate":
        if sum(value is not None for value in (self.on, self.not_before, self.month, self.withdrawn)) != 1:
            message = "state exactly one of on, not_before, month and withdrawn"
            raise ValueError(message)
        if self.on is not None and When.parse(self.on).precision is Precision.MONTH:
            message = f'a month is written as {{"month": "{self.on}"}}'
            raise ValueError(message)
        if self.month is not None and When.parse(self.month).precision is not Precision.MONTH:
            message = "a month is written like 2025-04"
            raise ValueError(message)
        return self

    def stated(self) -> AnyDate:
        """Return the date as the ledger holds it."""
        if self.withdrawn:
            return no_date(self.raw)
        if self.not_before is not None:
            return not_before(self.not_before, self.raw)
        return firm(self.on or self.month or "", self.raw)


def wire_date(date: AnyDate) -> dict[str, str | bool]:
    """Return a date in the form that `WireDate` reads."""
    raw = {} if date.raw is None else {"raw": date.raw}
    match date:
        case FloorDate(value=value):
            return {"not_before": value.text, **raw}
        case FirmDate(value=value) if value.precision is Precision.MONTH:
            return {"month": value.text, **raw}
        case FirmDate(value=value):
            return {"on": value.text, **raw}
        case _:
            return {"withdrawn": True, **raw}
