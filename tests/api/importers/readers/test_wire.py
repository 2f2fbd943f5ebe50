"""Dates on the wire: both ways give the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.wire import WireDate, wire_date
from domain.dates import AnyDate, firm, no_date, not_before


@pytest.mark.parametrize(
    ("date", "wire"),
    [
        (firm("2025-04-15", "April 15, 2025"), {"on": "2025-04-15", "raw": "April 15, 2025"}),
        (firm("2025-04-15T07:00:00Z"), {"on": "2025-04-15T07:00:00Z"}),
        (firm("2025-04"), {"month": "2025-04"}),
        (not_before("2025-04-03"), {"not_before": "2025-04-03"}),
        (not_before("2025-04"), {"not_before": "2025-04"}),
        (no_date("TBD"), {"withdrawn": True, "raw": "TBD"}),
        (no_date(), {"withdrawn": True}),
    ],
)
def test_a_date_goes_over_the_wire_and_back(date: AnyDate, wire: dict[str, str | bool]) -> None:
    assert wire_date(date) == wire
    assert WireDate.model_validate(wire).stated() == date


def test_an_instant_with_another_offset_is_kept_in_utc() -> None:
    assert str(WireDate(on="2025-04-15T09:00:00+02:00").stated().value) == "2025-04-15T07:00:00Z"


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"raw": "x"},
        {"on": None},
        {"on": "2025-04-15", "not_before": "2025-04-15"},
        {"on": "2025-04"},
        {"month": "2025-04-15"},
        {"month": "\N{FULLWIDTH DIGIT TWO}025-04"},
        {"on": "soon"},
        {"on": 20250415},
        {"withdrawn": False},
        {"withdrawn": "true"},
        {"on": "2025-04-15", "raw": "x" * 1001},
        {"on": "2025-04-15", "text": "x"},
    ],
)
def test_what_states_no_date_or_two_is_refused(wire: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WireDate.model_validate(wire)


@given(st.dates(), st.none() | st.text(max_size=50))
def test_every_day_survives(day: object, raw: str | None) -> None:
    for date in (firm(str(day), raw), not_before(str(day), raw), firm(str(day)[:7]), no_date(raw)):
        assert WireDate.model_validate(wire_date(date)).stated() == date
