"""Markdown pages: tables, lines, headings, and rows that must not vanish."""

import pytest

from api.importers.readers.errors import NoTable
from api.importers.readers.reading import PublishedRow, UnreadableRow
from domain.subjects import Scope
from tests.api.importers.readers.documents import brief, found_in, one_row, rows_in, table, unreadable

RETIREMENTS = "Model | Version | Retirement date | Suggested replacements"
AUTO_UPDATE = (
    "Deployments set to [**Auto-update to default**](/a?b#c) will be automatically upgraded to version: `0125`, "
    "starting on November 13, 2024."
)
UPGRADE = "To be upgraded to `gpt-4` version: `turbo-2024-04-09`, starting no sooner than January 27, 2025 **<sup>1</sup>**"


def test_a_serverless_table() -> None:
    row = one_row(
        "---\ntitle: Deprecation | retirement\nms.date: 11/22/2024\n---\n\n# Retirement\n\n"
        "| Model provider | Model | Legacy date (UTC) | Deprecation date (UTC) | Retirement date (UTC) | Suggested replacement model |\n"
        "| ---- | ---- | ---- | --- | ---- | --- |\n"
        "| Mistral AI | [Mistral-large](https://aka.ms/m) | December 15, 2024 | January 15, 2025 | April 15, 2025 "
        "| [Mistral-large-2407](https://a) |\n"
    )
    assert (row.line, row.name, row.provider, row.scope) == (10, "Mistral-large", "Mistral AI", Scope())
    assert row.raw.startswith("| Mistral AI | [Mistral-large](https://aka.ms/m)")
    assert [brief(date) for date in (row.legacy, row.deprecated, row.retired)] == ["2024-12-15", "2025-01-15", "2025-04-15"]
    assert row.retired is not None
    assert row.retired.raw == "April 15, 2025"
    assert [(one.name, one.version) for one in row.replacements or ()] == [("Mistral-large-2407", None)]


def test_a_row_about_two_models_with_an_auto_update() -> None:
    first, second = rows_in(
        table(
            RETIREMENTS,
            f"`gpt-35-turbo`<br>`gpt-35-turbo-16k` | 0613 | January 27, 2025 <br><br> {AUTO_UPDATE}  "
            "| `gpt-35-turbo` (0125) <br><br> `gpt-4o-mini`",
        )
    )
    assert [first.name, second.name] == ["gpt-35-turbo", "gpt-35-turbo-16k"]
    for row in (first, second):
        assert (row.line, row.scope.as_dict(), brief(row.retired)) == (5, {"version": "0613"}, "2025-01-27")
        assert [(one.name, one.version) for one in row.replacements or ()] == [("gpt-35-turbo", "0125"), ("gpt-4o-mini", None)]
        assert row.notes == (
            "Deployments set to Auto-update to default will be automatically upgraded to version: 0125, starting on November 13, 2024."
        )


def test_rows_without_version_and_with_several() -> None:
    rows = rows_in(
        table(RETIREMENTS, "`text-embedding-3-small` | | No earlier than Feb 2, 2025 | ", "gpt-35-turbo | 0301, 0613 | May 2025 | None")
    )
    assert [(row.scope.as_dict(), brief(row.retired), row.replacements) for row in rows] == [
        ({}, ">=2025-02-02", None),
        ({"version": "0301"}, "2025-05", None),
        ({"version": "0613"}, "2025-05", None),
    ]


def test_an_upgrade_in_a_retirement_column() -> None:
    row = one_row(
        table(
            RETIREMENTS,
            f"`gpt-4` | 1106-preview | {UPGRADE} | `gpt-4o`",
        )
    )
    assert row.retired is None
    assert row.notes == "To be upgraded to gpt-4 version: turbo-2024-04-09, starting no sooner than January 27, 2025"
    assert len(row.remarks) == 1


def test_both_dates_in_one_cell() -> None:
    row = one_row(table(RETIREMENTS, "`babbage-002` | 1 | Deprecation Date: November 15, 2024 <br>Retirement Date: January 27, 2025 | "))
    assert (brief(row.deprecated), brief(row.retired), row.notes) == ("2024-11-15", "2025-01-27", None)


def test_a_date_in_its_own_column_and_another_behind_a_label_contradict() -> None:
    text = table(
        "Model | Deprecation date | Retirement date",
        "a | July 6, 2023 | Deprecation date: July 7, 2023 <br> Retirement date: June 14, 2024",
    )
    assert "two deprecated dates, 'July 6, 2023' and 'July 7, 2023'" in unreadable(text).reason


def test_dates_by_deployment_type_become_rows() -> None:
    rows = rows_in(
        table(
            RETIREMENTS,
            "gpt-4o | 2024-05-13 | Standard: January 27, 2025<br>Provisioned, Global Standard: No earlier than March 31, 2025 | gpt-4",
        )
    )
    assert [(row.scope.as_dict()["deployment_type"], brief(row.retired), len(row.replacements or ())) for row in rows] == [
        ("standard", "2025-01-27", 1),
        ("provisioned", ">=2025-03-31", 1),
        ("global-standard", ">=2025-03-31", 1),
    ]
    assert {row.scope.as_dict()["version"] for row in rows} == {"2024-05-13"}


def test_a_date_for_all_types_keeps_a_row_of_its_own() -> None:
    rows = rows_in(table("Model | Deprecation date | Retirement date", "a | July 6, 2023 | Standard: June 14, 2024"))
    assert [(row.scope.as_dict(), brief(row.deprecated), brief(row.retired)) for row in rows] == [
        ({}, "2023-07-06", None),
        ({"deployment_type": "standard"}, "2023-07-06", "2024-06-14"),
    ]


def test_a_column_of_deployment_types_picks_its_date() -> None:
    headers = "Model | Deployment type | Retirement date"
    rows = rows_in(table(headers, "a | Standard, Provisioned | January 27, 2025 (Standard), March 31, 2025 (Provisioned)"))
    assert [(row.scope.as_dict()["deployment_type"], brief(row.retired)) for row in rows] == [
        ("standard", "2025-01-27"),
        ("provisioned", "2025-03-31"),
    ]
    assert "other deployment types" in unreadable(table(headers, "a | Batch | January 27, 2025 (Standard)")).reason


def test_one_bad_row_leaves_its_neighbours_readable() -> None:
    first, bad, last = found_in(table(RETIREMENTS, "a | 1 | June 6, 2025 | ", "b | 1 | Q3 2025 | ", "c | 1 | June 6, 2025 | "))
    assert isinstance(first, PublishedRow)
    assert isinstance(last, PublishedRow)
    assert isinstance(bad, UnreadableRow)
    assert (bad.line, bad.raw) == (6, "| b | 1 | Q3 2025 |  |")
    assert bad.reason.startswith(
        "the retirement date 'Q3 2025' is not read: it is no date that can be read for certain. Write it like 2025-04-15"
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("gpt-4 | 1 | June 6, 2025", "it has 3 cells, and the header 4"),
        ("gpt-4 | 1 | June 6, 2025 | a | b", "it has 5 cells, and the header 4"),
        ("meta/llama | 1 | June 6, 2025 | ", "it holds a slash"),
        (".. | 1 | June 6, 2025 | ", "dots alone"),
        ("x\N{RIGHT-TO-LEFT OVERRIDE} | 1 | June 6, 2025 | ", "U+202E"),
        (f"{'x' * 9000} | 1 | June 6, 2025 | ", "9000 characters; 200 are allowed"),
        (f"{'x' * 10_001} | 1 | June 6, 2025 | ", "a cell of 10,003 characters"),
        ("gpt-4 | \N{RIGHT-TO-LEFT OVERRIDE} | June 6, 2025 | ", "the version"),
        (" | 1 | June 6, 2025 | ", "it names no model"),
        (f"{','.join(f'm{i}' for i in range(40))} | {','.join(map(str, range(40)))} | | ", "more than 1,000"),
    ],
)
def test_rows_that_cannot_be_read_say_why(row: str, reason: str) -> None:
    assert reason in unreadable(table(RETIREMENTS, row)).reason


def test_an_escaped_bar_does_not_part_a_cell() -> None:
    assert one_row(table("Model | Retirement date | Notes", "a | June 6, 2025 | b \\| c")).notes == "b | c"


def test_a_row_of_blank_cells_is_none() -> None:
    assert len(rows_in(table(RETIREMENTS, "a | 1 | June 6, 2025 | ", " | | | "))) == 1


def test_rows_cut_off_from_their_table_do_not_vanish() -> None:
    text = table("Model | Retirement date", "a | June 6, 2025") + "\n| b | June 7, 2025 |\n| c | June 8, 2025 |\n"
    _, *stray = found_in(text)
    assert [(row.line, row.raw) for row in stray if isinstance(row, UnreadableRow)] == [
        (7, "| b | June 7, 2025 |"),
        (8, "| c | June 8, 2025 |"),
    ]


def test_a_table_with_a_broken_line_of_dashes_does_not_vanish() -> None:
    found = found_in("Model | Version | Retired\n--- | ---\na | 1 | June 6, 2025\n")
    assert [(row.line, "as many dashes as headers" in row.reason) for row in found if isinstance(row, UnreadableRow)] == [
        (1, True),
        (3, True),
    ]


@pytest.mark.parametrize(
    "before",
    ["<div>\n", "```text\n", "<!-- never closed\n", "    "],
)
def test_rows_swallowed_by_another_block_do_not_vanish(before: str) -> None:
    found = found_in(table("Model | Retirement date", "a | June 6, 2025") + f"\n{before}| b | June 7, 2025 |\n")
    assert [row.raw for row in found if isinstance(row, UnreadableRow)] == ["| b | June 7, 2025 |"]


def test_examples_and_comments_are_no_tables() -> None:
    example = table("Model | Retirement date", "b | June 7, 2025")
    text = (
        table("Model | Retirement date", "a | June 6, 2025") + f"\n```\n{example}```\n\n<!--\n{example.replace(chr(10) * 2, chr(10))}-->\n"
    )
    assert [row.name for row in rows_in(text)] == ["a"]


def test_an_html_table_is_reported() -> None:
    text = table("Model | Retirement date", "a | June 6, 2025") + "\n<table><tr><td>b</td></tr></table>\n"
    _, html = found_in(text)
    assert isinstance(html, UnreadableRow)
    assert "HTML table" in html.reason


def test_tables_in_quotes_and_lists() -> None:
    body = table("Model | Retirement date", "a | June 6, 2025").split("\n\n")[1].rstrip("\n").split("\n")
    quoted = "\n".join(f"> {line}" for line in body)
    listed = "- " + "\n  ".join(body)
    assert [(row.line, row.raw) for row in rows_in(f"{quoted}\n\n{listed}\n")] == [(3, "| a | June 6, 2025 |"), (7, "| a | June 6, 2025 |")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    assert one_row(table("Model | Retirement date", "a | June 6, 2025").replace("\n", end)).line == 5


def test_a_byte_order_mark_is_no_text() -> None:
    text = "\N{ZERO WIDTH NO-BREAK SPACE}| Model | Retirement date |\n|-|-|\n| a | June 6, 2025 |"
    assert one_row(text).name == "a"


def test_inline_markup_of_a_page() -> None:
    text = table(
        "Model | Retirement date | Notes", "a&nbsp;b <sup>1 | June 15<sup>th</sup>, 2025 | ![i](j.png) *x* ~~y~~ <b>z</b> [r][ref] &lt;"
    )
    row = one_row(text + "\n[ref]: http://x\n")
    assert (row.name, brief(row.retired), row.notes) == ("a b 1", "2025-06-15", "x ~~y~~ z r <")


def test_struck_dates_hold_no_more() -> None:
    for struck in ("~~June 6, 2025~~", "<del>June 6, 2025</del>", "June 7, 2025 <s>June 6, 2025</s>"):
        assert "struck out" in unreadable(table("Model | Retirement date", f"a | {struck}")).reason


def test_a_page_without_any_table_is_refused() -> None:
    with pytest.raises(NoTable, match="holds no Markdown table"):
        found_in("# Title\n\nWords.\n")
