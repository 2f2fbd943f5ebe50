"""Documents in a line, for tests of the readers."""

from collections.abc import Collection, Mapping

from api.importers.readers.document import Format, open_document
from api.importers.readers.read import read
from api.importers.readers.reading import Found, PublishedRow, UnreadableRow
from domain.dates import AnyDate


def found_in(
    text: str | bytes,
    form: Format = Format.MARKDOWN,
    *,
    columns: Mapping[str, str] | None = None,
    skip_tables: Collection[str] = (),
) -> list[Found]:
    """Read a whole document."""
    content = text.encode() if isinstance(text, str) else text
    document = open_document(content, name="page", form=form)
    return list(read(document, columns=columns, skip_tables=skip_tables))


def rows_in(text: str, form: Format = Format.MARKDOWN, **options: Mapping[str, str] | Collection[str]) -> list[PublishedRow]:
    """Read a document in which every row is readable."""
    found = found_in(text, form, **options)  # type: ignore[arg-type]
    rows = [item for item in found if isinstance(item, PublishedRow)]
    assert len(rows) == len(found), found
    return rows


def one_row(text: str, form: Format = Format.MARKDOWN) -> PublishedRow:
    """Read a document of one readable row."""
    (row,) = rows_in(text, form)
    return row


def unreadable(text: str, form: Format = Format.MARKDOWN) -> UnreadableRow:
    """Read a document of one row that cannot be read."""
    (row,) = found_in(text, form)
    assert isinstance(row, UnreadableRow), row
    return row


def table(headers: str, *rows: str, heading: str = "Current models") -> str:
    """Write a Markdown table; cells are separated by bars."""
    dashes = " | ".join("---" for _ in headers.split("|"))
    lines = [f"| {line} |" for line in (headers, dashes, *rows)]
    return "\n".join([f"## {heading}", "", *lines]) + "\n"


def brief(date: AnyDate | None) -> str | None:
    """Write a date in short: `2025-01-27`, `>=2025-01-27` or `none`."""
    if date is None:
        return None
    return {"on": "", "not_before": ">=", "withdrawn": "none"}[date.kind] + str(date.value or "")
