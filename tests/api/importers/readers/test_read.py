"""The front of the readers: any document gives findings or one of our errors, every row has an end, and start-up is quick."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.importers.readers.document import Format, open_document
from api.importers.readers.read import read
from api.importers.readers.reading import Found, PublishedRow, SkippedTable, UnreadableRow
from domain.errors import LedgerError
from tests.api.importers.readers.documents import found_in, table

PIECES = [
    "| Model | Retirement date |",
    "|---|---|",
    "| gpt-4 | June 6, 2025 |",
    "| a | b | c |",
    "| a<br>b | TBD | \\| |",
    "Model,Version,Retired",
    'a,1,"June 6, 2025"',
    'a,"1',
    '{"model": "gpt-4", "retired": {"on": "2025-04-15"}}',
    '{"model": ',
    "## Heading",
    "---",
    "> ",
    "- ",
    "```",
    "<!--",
    "<table>",
    "\n",
    "\r",
    "\n\n",
    "`",
    "**",
    "[a](b)",
    "\N{ZERO WIDTH NO-BREAK SPACE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\N{LINE SEPARATOR}",
    "\x0b",
    "\x85",
]
documents = st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
documents |= st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map(
    lambda parts: "\n".join(parts).encode("utf-8", "ignore")
)
documents |= st.lists(st.sampled_from(PIECES), max_size=25).map(lambda parts: "".join(parts).encode())


@settings(deadline=None)  # the first example loads libraries
@given(documents, st.sampled_from([None, *Format]))
def test_any_document_gives_findings_or_one_of_our_errors(content: bytes, form: Format | None) -> None:
    try:
        found = list(read(open_document(content, form=form)))
    except LedgerError as problem:
        assert problem.sentence  # noqa: PT017  either end is fine, and each is looked at
        return
    lines = content.count(b"\n") + content.count(b"\r") + 1
    for item in found:
        assert isinstance(item, PublishedRow | UnreadableRow | SkippedTable)
        assert 1 <= item.line <= lines
        if isinstance(item, PublishedRow):
            assert item.name
            assert "/" not in item.name


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\n\r\0|\\,"<`[]!&*_~>;\t'), max_size=20)


def ends(found: list[Found]) -> Counter[int]:
    return Counter({row.line: 1 for row in found})


@settings(deadline=None)  # the first example loads libraries
@given(st.lists(st.lists(cells, min_size=1, max_size=5), max_size=8))
def test_every_row_of_a_markdown_table_has_an_end(rows: list[list[str]]) -> None:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    text = "| Model | Version | Retirement date |\n|---|---|---|\n" + "".join(line + "\n" for line in lines)
    expected = {3 + i: 1 for i, row in enumerate(rows) if len(row) != 3 or any(cell.strip() for cell in row)}
    assert ends(found_in(text)) == expected


@settings(deadline=None)  # the first example loads libraries
@given(st.lists(st.lists(cells, min_size=1, max_size=5), max_size=8))
def test_every_row_of_a_csv_table_has_an_end(rows: list[list[str]]) -> None:
    text = "Model,Version,Retirement date\n" + "".join(",".join(row) + "\n" for row in rows)
    expected = {2 + i: 1 for i, row in enumerate(rows) if any(cell.strip() for cell in row)}
    assert ends(found_in(text, Format.CSV)) == expected


@settings(deadline=None)  # the first example loads libraries
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=40), max_size=8))
def test_every_json_line_has_an_end(lines: list[str]) -> None:
    expected = {2 + i: 1 for i, line in enumerate(lines) if line.strip()}
    found = found_in('{"model": "a"}\n' + "".join(line + "\n" for line in lines), Format.JSON_LINES)
    assert ends(found) == {1: 1, **expected}


@settings(deadline=None)  # the first example loads libraries
@given(cells, cells, cells)
def test_what_a_reader_calls_readable_names_a_model(name: str, version: str, date: str) -> None:
    for row in found_in(table("Model | Version | Retirement date", f"{name} | {version} | {date}")):
        if isinstance(row, PublishedRow):
            assert row.name.strip() == row.name
            assert row.retired is None or row.retired.raw


@pytest.mark.parametrize(
    ("name", "content", "unneeded"),
    [
        ("a.jsonl", '{"model": "a", "retired": {"on": "2025-04-15"}}', {"markdown_it", "dateparser", "api.importers.readers.csv_rows"}),
        ("a.csv", "Model,Retired\na,2025-04-15\n", {"markdown_it", "dateparser"}),
    ],
)
def test_a_reader_loads_only_what_it_needs(name: str, content: str, unneeded: set[str]) -> None:
    code = (
        "import sys\nfrom api.importers.readers.document import open_document\nfrom api.importers.readers.read import read\n"
        f"assert len(list(read(open_document({content.encode()!r}, name={name!r})))) == 1\n"
        f"print(*({unneeded!r} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
