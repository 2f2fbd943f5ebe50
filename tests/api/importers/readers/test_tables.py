"""What columns mean, and which tables are about something else."""

import pytest

from api.importers.readers.document import Format
from api.importers.readers.errors import DocumentError, TableTooLong, UnknownField, UnrecognisedTable
from api.importers.readers.reading import PublishedRow, SkippedTable
from domain.stages import Stage
from tests.api.importers.readers.documents import brief, found_in, one_row, rows_in, table


@pytest.mark.parametrize(
    "headers",
    [
        "Model | Version | Retirement date | Suggested replacements",
        "MODEL | `Version` | Retirement Date (UTC) | **Suggested replacement**",
        "Model name | Model version | Retired | Replacement",
        "[Model](x) | Version(s) | Retirement  date: | Recommended replacement models",
        "model | scope.version | retired | replacements",
        "Model<sup>1</sup> | versions | Retirement date* | Suggested replacement model",
        "Model | version | Retirement<br>date | Suggested replacement(s)",
    ],
)
def test_headers_are_known_by_their_synonyms(headers: str) -> None:
    row = one_row(table(headers, "gpt-4 | 0613 | June 6, 2025 | gpt-4o"))
    assert (row.name, row.scope.as_dict(), brief(row.retired)) == ("gpt-4", {"version": "0613"}, "2025-06-06")
    assert [one.name for one in row.replacements or ()] == ["gpt-4o"]


def test_columns_stand_in_any_order() -> None:
    headers = (
        "Suggested replacement model | Retirement date | Lifecycle status | Deprecation date | Notes | Legacy date | Model | Model provider"
    )
    row = one_row(
        table(
            headers,
            "Mistral-large-2407 | April 15, 2025 | Legacy | January 15, 2025 | Moved | December 15, 2024 | Mistral-large | Mistral AI",
        )
    )
    assert [brief(date) for date in (row.legacy, row.deprecated, row.retired)] == ["2024-12-15", "2025-01-15", "2025-04-15"]
    assert (row.name, row.provider, row.label, row.notes) == ("Mistral-large", "Mistral AI", Stage.LEGACY, "Moved")


@pytest.mark.parametrize("header", ["Lifecycle status", "Lifecycle stage", "Stage", "Status"])
def test_a_label_column_alone_is_enough(header: str) -> None:
    assert one_row(table(f"Model | {header}", "gpt-4 | Preview")).label is Stage.PREVIEW


def test_region_and_deployment_type_narrow_the_scope() -> None:
    rows = rows_in(table("Model | Region | Deployment type | Retirement date", "gpt-4 | East US, West US | Global Standard | June 6, 2025"))
    assert [row.scope.as_dict() for row in rows] == [
        {"deployment_type": "global-standard", "region": "East US"},
        {"deployment_type": "global-standard", "region": "West US"},
    ]


@pytest.mark.parametrize(
    ("headers", "unknown"),
    [
        ("Model | End of life | Retirement date", ["End of life"]),
        ("Model | Retirement date (PST)", ["Retirement date (PST)"]),
        ("Version | Retirement date", ["Version", "Retirement date"]),
        ("Model | Version", ["Model", "Version"]),
        ("Model | Model name | Retirement date", ["Model name"]),
        ("Model | Version | scope.version | Retirement date", ["scope.version"]),
        ("Role | Permission", ["Role", "Permission"]),
        (" | Retirement date", [""]),
    ],
)
@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.CSV])
def test_a_table_that_is_not_understood_refuses_the_document(headers: str, unknown: list[str], form: Format) -> None:
    text = table(headers, headers) if form is Format.MARKDOWN else headers.replace(" | ", ",") + "\na,b\n"
    with pytest.raises(UnrecognisedTable) as problem:
        found_in(text, form)
    assert [header.strip() for header in problem.value.headers] == unknown
    assert problem.value.line == (3 if form is Format.MARKDOWN else 1)
    assert f"--column '{unknown[0]}=retired'" in problem.value.sentence
    assert ("--skip-table 'Current models'" in problem.value.sentence) is (form is Format.MARKDOWN)


def test_headers_of_all_tables_are_checked_before_any_row() -> None:
    text = (
        table("Model | Retirement date", "gpt-4 | June 6, 2025")
        + "\n"
        + table("Model | End of life", "gpt-5 | June 6, 2026", heading="Others")
    )
    with pytest.raises(UnrecognisedTable, match="'Others' at line 9"):
        found_in(text)


def test_a_caller_says_what_a_column_means() -> None:
    text = table("Model | End of life | Owner | Zone", "gpt-4 | June 6, 2025 | Ann | 3")
    (row,) = rows_in(text, columns={"end of LIFE": "retired", "Owner": "ignore", "Zone": "scope.zone"})
    assert (brief(row.retired), row.scope.as_dict()) == ("2025-06-06", {"zone": "3"})


def test_a_callers_word_goes_before_what_is_known() -> None:
    text = table("Model ID | Model | Retirement date", "4 | gpt-4 | June 6, 2025")
    assert rows_in(text, columns={"Model ID": "ignore"})[0].name == "gpt-4"


@pytest.mark.parametrize("meaning", ["", "eol", "scope.", "scope.zone id", "date"])
def test_a_column_cannot_mean_what_is_no_field(meaning: str) -> None:
    with pytest.raises(UnknownField, match=r"Choose one of name, .*, ignore\."):
        found_in("x", columns={"End of life": meaning})


@pytest.mark.parametrize(
    ("headers", "heading"),
    [
        ("Model | Current default version | New default version | Default upgrade date", "Default model versions"),
        ("Model | Version | Training retirement date | Deployment retirement date", "Current models"),
        ("Model | Version | Retirement date", "Fine-tuned models"),
        ("Anything | Else", "Fine tuning"),
    ],
)
def test_tables_about_something_else_are_skipped_and_counted(headers: str, heading: str) -> None:
    assert found_in(table(headers, headers, headers, heading=heading)) == [SkippedTable(3, heading, 2)]


def test_a_table_below_a_heading_about_fine_tuning_is_skipped_too() -> None:
    text = "## Fine-tuned models\n\n" + table("Model | Retirement date", "gpt-4 | June 6, 2025", heading="Text").replace("##", "###")
    text += "\n" + table("Model | Retirement date", "gpt-4 | June 6, 2025", heading="Base models")
    skipped, row = found_in(text)
    assert isinstance(skipped, SkippedTable)
    assert isinstance(row, PublishedRow)


def test_a_caller_leaves_tables_out_by_title() -> None:
    text = table("Role | Permission", "a | b", heading="Who may **what**") + "\n| Foo |\n| --- |\n| a |\n"
    assert found_in(text, skip_tables=["who may WHAT"]) == [SkippedTable(3, "Who may what", 1), SkippedTable(7, "Who may what", 1)]


def test_a_table_without_heading_is_named_by_its_line() -> None:
    assert found_in("\n| Foo |\n| --- |\n| a |\n", skip_tables=["line 2"]) == [SkippedTable(2, "line 2", 1)]


def test_a_csv_of_default_upgrades_is_skipped_and_counted() -> None:
    text = 'Model,New default version,Default upgrade date\na,1,"2025\n01"\nb,2,x\n'
    assert found_in(text, Format.CSV) == [SkippedTable(1, "page", 2)]


def test_long_markdown_tables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.readers.markdown.ROWS_MAX", 2)
    rows = ["gpt-4 | June 6, 2025"] * 3
    assert len(rows_in(table("Model | Retirement date", *rows[:2]))) == 2
    with pytest.raises(TableTooLong, match=r"has more than the 2 rows that are read from Markdown\. Convert it to CSV"):
        found_in(table("Model | Retirement date", *rows))


def test_hostile_headers_are_shown_cut_and_escaped() -> None:
    text = ",".join(["Model", *(f"x{i}" * 50 for i in range(50)), "\N{RIGHT-TO-LEFT OVERRIDE}"])
    with pytest.raises(DocumentError) as problem:
        found_in(text, Format.CSV)
    assert len(problem.value.sentence) < 2000
