"""What a date cell states: the corpus of cells as published, and those that nobody may guess at."""

from contextlib import suppress
from datetime import date, timedelta
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.importers.readers.cells import Unreadable
from api.importers.readers.date_cells import DateCell, read_dates
from api.importers.readers.markup import CELL_LENGTH_MAX, plain
from api.importers.readers.rows import dates_by_type
from api.importers.readers.written_dates import date_at, like_a_date
from tests.api.importers.readers.documents import brief

AUTO_UPDATE = "Deployments set to Auto-update to default will be automatically upgraded to version: 0125, starting on November 13, 2024."


def retired(text: str) -> DateCell:
    return read_dates(plain(text), "retired")


@pytest.mark.parametrize(
    ("text", "date", "raw"),
    [
        ("January 27, 2025", "2025-01-27", "January 27, 2025"),
        ("Feb 22, 2025", "2025-02-22", "Feb 22, 2025"),
        ("Sep 14, 2025", "2025-09-14", "Sep 14, 2025"),
        ("Sept. 14, 2025", "2025-09-14", "Sept. 14, 2025"),
        ("April, 30, 2025", "2025-04-30", "April, 30, 2025"),
        ("July 15th, 2025", "2025-07-15", "July 15th, 2025"),
        ("2025-04-15", "2025-04-15", "2025-04-15"),
        ("15 January 2025", "2025-01-15", "15 January 2025"),
        ("1st of May, 2025", "2025-05-01", "1st of May, 2025"),
        ("15-Jan-2025", "2025-01-15", "15-Jan-2025"),
        ("February 29, 2024", "2024-02-29", "February 29, 2024"),
        ("april 15, 2025", "2025-04-15", "april 15, 2025"),
        ("on January 27, 2025", "2025-01-27", "January 27, 2025"),
        ("2025-04-15T09:00:00+02:00", "2025-04-15T07:00:00Z", "2025-04-15T09:00:00+02:00"),
        ("April 2025", "2025-04", "April 2025"),
        ("2025-04", "2025-04", "2025-04"),
        ("**January 27, 2025**", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025 <sup>1</sup>", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025 **<sup>1</sup>**", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025[^2]", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025*", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025 (UTC)", "2025-01-27", "January 27, 2025"),
        ("January 27,<br>2025", "2025-01-27", "January 27, 2025"),
        ("No earlier than April 30, 2025", ">=2025-04-30", "No earlier than April 30, 2025"),
        ("no earlier than 2025-04-30", ">=2025-04-30", "no earlier than 2025-04-30"),
        ("Not before April 30, 2025", ">=2025-04-30", "Not before April 30, 2025"),
        ("No sooner than April 2025", ">=2025-04", "No sooner than April 2025"),
        ("Not earlier than<br>April 30, 2025", ">=2025-04-30", "Not earlier than April 30, 2025"),
        ("On or after April 30, 2025", ">=2025-04-30", "On or after April 30, 2025"),
        ("April 30, 2025 or later", ">=2025-04-30", "April 30, 2025 or later"),
        ("April 30, 2025 (at the earliest)", ">=2025-04-30", "April 30, 2025 (at the earliest)"),
        ("TBD", "none", "TBD"),
        ("tbd.", "none", "tbd"),
        ("None announced", "none", "None announced"),
        ("Not announced", "none", "Not announced"),
        ("Not yet announced", "none", "Not yet announced"),
        ("To be determined", "none", "To be determined"),
        ("No date", "none", "No date"),
        ("No retirement date announced", "none", "No retirement date announced"),
        ("Retirement Date: January 27, 2025", "2025-01-27", "January 27, 2025"),
        ("Retired on January 27, 2025", "2025-01-27", "January 27, 2025"),
        ("January 27, 2025<br>January 27, 2025", "2025-01-27", "January 27, 2025"),
    ],
)
def test_a_cell_with_one_date_states_it_with_its_published_text(text: str, date: str, raw: str) -> None:
    cell = retired(text)
    stated = {(said.field, said.types, brief(said.date), said.date and said.date.raw) for said in cell.statements}
    assert stated == {("retired", (), date, raw)}
    assert cell.notes == []


@pytest.mark.parametrize(
    "text", ["", " ", "-", "\N{EN DASH}", "\N{EM DASH}", "--", "N/A", "n/a", "n / a", "Not applicable", "<br>", "N/A<br>-"]
)
def test_a_blank_cell_states_nothing(text: str) -> None:
    cell = retired(text)
    assert [said for said in cell.statements if said.date] == []
    assert (cell.notes, cell.remarks) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "1/2/2025",
        "27/01/25",
        "27.01.2025",
        "01-27-2025",
        "1/2",
        "Q3 2025",
        "Q3",
        "H1 2025",
        "FY26",
        "mid-2025",
        "Summer 2025",
        "end of April 2025",
        "early 2025",
        "2025",
        "2025-13",
        "2026-09-31",
        "February 30, 2025",
        "April 31st, 2025",
        "29 February 2025",
        "January 1, 0000",
        "January 27",
        "January",
        "May 5",
        "January 27, 25 or 2025",
        "January 27, 20255",
        "15 avril 2025",
        "2025\N{CJK UNIFIED IDEOGRAPH-5E74}4",
        "\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT ZERO}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT FIVE}",
        "\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT ZERO}\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT FIVE}",
        "January 27 - 31, 2025",
        "January 27, 2025 - March 31, 2025",
        "January 27, 2025 \N{EN DASH} March 31, 2025",
        "January 27, 2025 to March",
        "January 27, 2025 until April 2025",
        "January 27, 2025 or March 31, 2025",
        "January 27, 2025, March 31, 2025",
        "January 27, 2025 March 31, 2025",
        "January 27, 2025<br>March 31, 2025",
        "January - March 2025",
        "between 2025-01-01 and 2025-02-01",
        "Expected January 27, 2025",
        "By January 27, 2025",
        "Before January 27, 2025",
        "After January 27, 2025",
        "No later than January 27, 2025",
        "Around January 27, 2025",
        "Extended<br>January 27, 2025",
        "Updated January 27, 2025",
        "Customers of Contoso: January 27, 2025",
        "January 27, 2025 for new customers, March 31, 2025 for the others",
        "January 27, 2025 (postponed)",
        "January 27, 2025<br>Postponed.",
        "January 27, 2025. Extended to March 31, 2025.",
        "<del>January 27, 2025</del> March 31, 2025",
        "<s>January 27, 2025</s>",
        "~~January 27, 2025~~",
        "2025-04-15 10:00",
        "2025-04-15T10:00:00",
        "January 27, 2025 at 5pm",
        "Retirement Date: January 27, 2025<br>Retirement Date: March 31, 2025",
        "January 27, 2025<br>TBD",
    ],
)
def test_a_cell_that_would_need_a_guess_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match=r"the retirement date .* is not read|two retired dates"):
        dates_by_type(retired(text).statements)


def test_text_behind_the_date_is_a_note_and_no_date_of_the_model() -> None:
    cell = retired(f"January 27, 2025<br><br> {AUTO_UPDATE}")
    assert [brief(said.date) for said in cell.statements] == ["2025-01-27"]
    assert cell.notes == [AUTO_UPDATE]
    assert "kept as a note" in cell.remarks[0]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"January 27, 2025 {AUTO_UPDATE}", AUTO_UPDATE),
        (f"January 27, 2025. {AUTO_UPDATE}", AUTO_UPDATE),
        ("January 27, 2025 (previously November 15, 2024)", "(previously November 15, 2024)"),
        ("January 27, 2025 for fine-tuned deployments", "for fine-tuned deployments"),
    ],
)
def test_text_on_the_same_line_is_a_note_too(text: str, note: str) -> None:
    cell = retired(text)
    assert ([brief(said.date) for said in cell.statements], cell.notes) == (["2025-01-27"], [note])


def test_an_upgrade_is_no_retirement() -> None:
    cell = retired("To be upgraded to `gpt-4` version: `turbo-2024-04-09`, starting no sooner than January 27, 2025 **<sup>1</sup>**")
    assert cell.statements == []
    assert cell.notes == ["To be upgraded to gpt-4 version: turbo-2024-04-09, starting no sooner than January 27, 2025"]
    assert cell.remarks[0].startswith("the retirement cell announces an upgrade")


@pytest.mark.parametrize("rest", ["no sooner than January 27, 2025", "January 27, 2025", "TBD"])
def test_an_upgrade_that_goes_on_in_the_next_line_gives_no_date(rest: str) -> None:
    with pytest.raises(Unreadable, match="in front of the date"):
        retired(f"To be upgraded to gpt-4, starting<br>{rest}")


@pytest.mark.parametrize("text", ["See the announcement.", "Retired", "Soon", "Standard", "Contact support", "In 30 days", "It may change"])
def test_other_text_without_a_date_is_a_note(text: str) -> None:
    cell = retired(text)
    assert (cell.statements, cell.notes) == ([], [text])
    assert cell.remarks[0].startswith("the retirement cell states no date")


def test_labels_in_front_set_their_field_whatever_the_column() -> None:
    cell = retired("Deprecation Date: November 15, 2024 <br>Retirement Date: January 27, 2025")
    assert [(said.field, brief(said.date)) for said in cell.statements] == [("deprecated", "2024-11-15"), ("retired", "2025-01-27")]


def test_a_labelled_date_is_read_behind_other_text() -> None:
    cell = retired("See the announcement.<br>Legacy date: November 15, 2024")
    assert [(said.field, brief(said.date)) for said in cell.statements] == [("legacy", "2024-11-15")]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Standard: January 27, 2025<br>Provisioned: March 31, 2025", {"standard": "2025-01-27", "provisioned": "2025-03-31"}),
        ("January 27, 2025 (Standard)", {"standard": "2025-01-27"}),
        ("January 27, 2025 (Standard), March 31, 2025 (Provisioned)", {"standard": "2025-01-27", "provisioned": "2025-03-31"}),
        ("Standard: January 27, 2025; Provisioned: March 31, 2025", {"standard": "2025-01-27", "provisioned": "2025-03-31"}),
        ("Standard: January 27, 2025. Provisioned: TBD", {"standard": "2025-01-27", "provisioned": "none"}),
        (
            "Standard: January 27, 2025<br>Provisioned, Global Standard and Data Zone Standard deployments: Not before March 2025",
            {"standard": "2025-01-27", "provisioned": ">=2025-03", "global-standard": ">=2025-03", "data-zone-standard": ">=2025-03"},
        ),
        ("DataZone Provisioned: March 31, 2025", {"data-zone-provisioned": "2025-03-31"}),
        ("Standard deployments will be retired on January 27, 2025", {"standard": "2025-01-27"}),
        ("Retirement date: January 27, 2025 for Standard deployments", {"standard": "2025-01-27"}),
        ("January 27, 2025<br>Provisioned: March 31, 2025", {None: "2025-01-27", "provisioned": "2025-03-31"}),
        ("Standard: January 27, 2025<br>Provisioned: N/A", {"standard": "2025-01-27"}),
    ],
)
def test_dates_by_deployment_type(text: str, stated: dict[str | None, str]) -> None:
    dated = [said for said in retired(text).statements if said.date]
    assert {kind: brief(said.date) for said in dated for kind in said.types or (None,)} == stated


@settings(deadline=None)  # the first example loads libraries
@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d-%b-%Y", "%Y-%m-%d", "%B %d %Y"]),
)
def test_every_day_is_read_as_it_is_written(day: date, form: str) -> None:
    text = day.strftime(form)
    found = date_at(text, 0)
    assert found is not None
    assert (found.value, found.end) == (day.isoformat(), len(text))


def test_no_day_that_does_not_exist_is_read() -> None:
    first = date(2023, 1, 1)
    days = {(first + timedelta(days=i)).isoformat() for i in range(1096)}
    names = {month: date(2023, month, 1).strftime("%B") for month in range(1, 13)}
    for year in (2023, 2024, 2025):
        for month in range(1, 13):
            for day in (0, 28, 29, 30, 31, 32):
                text = f"{names[month]} {day}, {year}"
                value = f"{year}-{month:02}-{day:02}"
                found = date_at(text, 0)
                assert (found.value if found else None) == (value if value in days else None), text


@settings(deadline=None)  # the first example loads libraries
@given(st.text(alphabet=st.sampled_from("0123456789 -/.,JanuryFebMchTBDQof<>()\n:thetod"), max_size=60))
def test_what_is_read_as_a_date_was_written_there(text: str) -> None:
    try:
        cell = read_dates(plain(text), "retired")
    except Unreadable:
        return
    for said in cell.statements:
        if said.date and said.date.value:
            assert str(said.date.value)[:4] in text
    if like_a_date(plain(text)):
        assert cell.statements or any(note.lower().startswith(("update", "auto")) for note in cell.notes)


@pytest.mark.parametrize(
    "part", ["January ", "Standard, ", "standard and ", "no earlier than ", "( ", "January 27, 2025 ( ", "n / ", "global "]
)
def test_a_long_cell_is_read_or_refused_in_bounded_time(part: str) -> None:
    text = (part * CELL_LENGTH_MAX)[:CELL_LENGTH_MAX]
    before = process_time()
    with suppress(Unreadable):
        read_dates(plain(text), "retired")
    assert process_time() - before < 5
