"""The front of the readers: any document in, what was found in it out."""

from collections.abc import Collection, Mapping

from api.importers.readers.document import Document, Format
from api.importers.readers.reading import Reading
from api.importers.readers.tables import Conventions


def read(document: Document, *, columns: Mapping[str, str] | None = None, skip_tables: Collection[str] = ()) -> Reading:
    """Read a document, whatever its format. Headers are checked before the first row; rows are read as they are asked for.

    Args:
        document: What `open_document` returned.
        columns: The meaning of further headers: `{"End of life": "retired", "Owner": "ignore"}`.
        skip_tables: Titles of tables that are left out.

    Raises:
        UnknownField: a column is to mean something that no column can.
        DocumentError: the document cannot be read as a whole. A row that cannot be read is yielded instead.
    """
    conventions = Conventions.of(columns or {}, skip_tables)
    # Each reader is loaded when it is needed: the Markdown parser alone costs more than reading a small document.
    match document.format:
        case Format.MARKDOWN:
            from api.importers.readers.markdown import read_markdown  # noqa: PLC0415

            return read_markdown(document, conventions)
        case Format.CSV:
            from api.importers.readers.csv_rows import read_csv  # noqa: PLC0415

            return read_csv(document, conventions)
        case Format.JSON_LINES:
            from api.importers.readers.jsonl import read_json_lines  # noqa: PLC0415

            return read_json_lines(document)
