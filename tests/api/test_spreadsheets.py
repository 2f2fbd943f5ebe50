"""Tables for spreadsheets: what would be computed there is a text, and all else stays what it is."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import spreadsheets
from api.notices.wire import AUDIT_COLUMNS
from api.spreadsheets import as_csv, safe_cell

FORMULA = "1+cmd|' /C calc'!A0"
FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("first", [*"=+-@", *FULL_WIDTH, "\u2212", "\ufe62"])
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\xa0", "\u200b", "\ufeff", " \t "])
def test_what_begins_like_a_formula_is_a_text(first: str, before: str) -> None:
    ((cell,),) = cells(as_csv([[f"{before}{first}{FORMULA}"]]))
    assert cell.lstrip(before).startswith("'")


@pytest.mark.parametrize("first", ["\t", "\r", "\n"])
def test_what_begins_with_white_space_that_moves_on_is_a_text(first: str) -> None:
    assert cells(as_csv([["a", f"{first}plain"]])) == [["a", f"'{first}plain"]]


@pytest.mark.parametrize("apart", [";", "|", "\t", "\r\n", "\n"])
def test_a_spreadsheet_that_splits_a_cell_elsewhere_finds_no_formula_either(apart: str) -> None:
    assert safe_cell(f"Ada{apart}={FORMULA}") == f"Ada{apart}'={FORMULA}"
    assert safe_cell(f"Ada{apart} ={FORMULA}") == f"Ada{apart}' ={FORMULA}"


@pytest.mark.parametrize(
    "cell",
    [0, -5, 2.5, -2.5, None, True, date(2025, 1, 2), "", "5", "2.5", "2,5", "2025-01-20", "2025-01-20T09:00:00Z", "2025-04"],
)
def test_numbers_and_dates_stay_what_they_are(cell: object) -> None:
    assert safe_cell(cell) == cell
    assert as_csv([["x", cell, "=1"]]) == plain([["x", cell, "'=1"]])


@pytest.mark.parametrize(
    "cell", ["azure/mistral-large", "gpt-4o@2024-05-13", "a-b", "a=b, c=d", "ada@example.org", "O'Neil", 'a "quoted" name', "Müller; Söhne"]
)
def test_names_and_scopes_stay_what_they_are(cell: str) -> None:
    assert cells(as_csv([["x", cell]])) == [["x", cell]]


def test_columns_of_the_audit_stay_what_they_are() -> None:
    assert as_csv([AUDIT_COLUMNS]) == ",".join(AUDIT_COLUMNS) + "\r\n"


@given(st.lists(st.text(st.sampled_from("=+-@;|\t\r\n \u200b\uff1da1,.'\""), max_size=6), min_size=1, max_size=4))
def test_looking_at_a_row_at_once_finds_what_looking_at_each_cell_finds(row: list[str]) -> None:
    assert as_csv([row]) == plain([[safe_cell(cell) for cell in row]])


def plain(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_nothing_else_writes_csv() -> None:
    root = Path(spreadsheets.__file__).parents[1]
    files = [path for folder in ("api", "domain", "projections") for path in (root / folder).rglob("*.py")]
    writing = [path.name for path in files if re.search(r"csv\.\w*[wW]riter|\bto_csv\b", path.read_text(encoding="utf-8"))]
    assert writing == ["spreadsheets.py"]
