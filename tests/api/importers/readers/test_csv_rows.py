"""Comma-separated tables: quotes, lines, widths, and bounded memory."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.importers.readers.document import Format, open_document
from api.importers.readers.errors import DocumentEmpty, DocumentOfOtherKind
from api.importers.readers.read import read
from api.importers.readers.reading import PublishedRow, UnreadableRow
from tests.api.importers.readers.documents import brief, found_in, one_row, rows_in, unreadable

HEADER = "Model,Version,Retirement date,Replacement\n"


def test_a_csv_table() -> None:
    first, second = rows_in(
        'Provider,Model,scope.version,Legacy date,Retirement date,Replacement,Notes\nMistral AI,`Mistral-large`,2407,"December 15, 2024",'
        '"April, 15, 2025","Mistral-large-2411 or [Codestral](https://x)",N/A\nMistral AI,Ministral,,,tbd,,"a ""b"" c"\n',
        Format.CSV,
    )
    assert (first.line, first.name, first.provider, first.scope.as_dict()) == (2, "Mistral-large", "Mistral AI", {"version": "2407"})
    assert (brief(first.legacy), brief(first.retired), first.notes) == ("2024-12-15", "2025-04-15", None)
    assert [one.name for one in first.replacements or ()] == ["Mistral-large-2411", "Codestral"]
    assert (second.line, brief(second.retired), second.notes, second.replacements) == (3, "none", 'a "b" c', None)
    assert second.raw == 'Mistral AI,Ministral,,,tbd,,"a ""b"" c"'


def test_a_row_is_named_by_the_line_where_it_starts() -> None:
    rows = rows_in(HEADER + '"gpt-4\ngpt-4-32k",0613,"June 6,\n2025",\n\n,,,\ngpt-4o,1,,\n', Format.CSV)
    assert [(row.line, row.name) for row in rows] == [(2, "gpt-4"), (2, "gpt-4-32k"), (7, "gpt-4o")]
    assert rows[0].raw == '"gpt-4\ngpt-4-32k",0613,"June 6,\n2025",'
    assert brief(rows[0].retired) == "2025-06-06"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("gpt-4,1,2025-06-06", "it has 3 cells, and the header 4"),
        ("gpt-4,1,June 6, 2025,", "it has 5 cells, and the header 4"),
        ("gpt-4", "it has 1 cell, and the header 4"),
        ('"gpt-4"x,1,,', "check its quotation marks"),
        ('gpt-4,1,"June 6', "from line 2 to 2; check its quotation marks"),
        ("gpt-4,1,1/2/2025,", "no date that can be read"),
        (f"gpt-4,1,{'x' * 10_001},", "a cell of 10,001 characters"),
        (f"gpt-4,1,{'x' * 200_000},", "field larger than field limit"),
    ],
)
def test_rows_that_cannot_be_read_say_why(row: str, reason: str) -> None:
    found = unreadable(HEADER + row + "\n", Format.CSV)
    assert reason in found.reason
    assert (found.line, found.raw) == (2, row)


def test_rows_behind_a_bad_one_are_read() -> None:
    bad, good = found_in(HEADER + '"gpt-4"x,1,,\ngpt-4o,1,2025-06-06,\n', Format.CSV)
    assert isinstance(bad, UnreadableRow)
    assert isinstance(good, PublishedRow)
    assert good.line == 3


def test_a_quote_that_is_never_closed_takes_no_more_than_a_row_may() -> None:
    found = found_in(HEADER + 'gpt-4,1,"June\n' + "a,1,2025-06-06,\n" * 20_000, Format.CSV)
    unread = [row for row in found if isinstance(row, UnreadableRow)]
    assert [row.line for row in unread] == [2]
    assert "in the row from line 2 to " in unread[0].reason
    last = int(unread[0].reason.split(" to ")[1].split(";")[0])
    assert [row.line for row in found[1:]] == list(range(last + 1, 20_003))


def test_a_row_of_many_short_quoted_lines_is_limited() -> None:
    found = found_in(HEADER + '"\n",' * 300_000 + "\n", Format.CSV)
    assert all(isinstance(row, UnreadableRow) for row in found)
    assert "longer than any should be" in getattr(found[0], "reason", "")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator: str) -> None:
    row = one_row(separator.join(["Model", "Version", "Retired"]) + "\n" + separator.join(["a", "1", '"June 6, 2025"']) + "\n", Format.CSV)
    assert brief(row.retired) == "2025-06-06"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    row = one_row(f"Model,Retired{end}a,2025-06-06{end}", Format.CSV)
    assert (row.line, row.raw) == (2, "a,2025-06-06")


def test_a_byte_order_mark_is_no_text() -> None:
    assert one_row("\N{ZERO WIDTH NO-BREAK SPACE}Model,Retired\na,2025-06-06\n", Format.CSV).name == "a"


def test_a_header_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(DocumentOfOtherKind, match="Its header, line 1, cannot be read"):
        found_in('"Model"x,Retired\n', Format.CSV)
    with pytest.raises(DocumentEmpty):
        found_in(",,\n", Format.CSV)


def test_a_header_alone_has_no_rows() -> None:
    assert found_in(HEADER, Format.CSV) == []


def _lines(form: Format, count: int) -> Iterator[str]:
    if form is Format.CSV:
        yield HEADER
    for i in range(count):
        yield (
            f"gpt-{i},{i % 7},2025-06-06,gpt-4o\n" if form is Format.CSV else f'{{"model": "gpt-{i}", "retired": {{"on": "2025-06-06"}}}}\n'
        )


@pytest.mark.parametrize("form", [Format.CSV, Format.JSON_LINES])
def test_rows_are_streamed(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"page.{form.value}"
    with path.open("w") as stream:
        stream.writelines(_lines(form, 5_000))
    sum(1 for _ in read(open_document(path)))
    tracemalloc.start()
    count = sum(isinstance(row, PublishedRow) for row in read(open_document(path)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 1_000_000
