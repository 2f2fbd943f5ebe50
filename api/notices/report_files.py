"""Files in which somebody else reports deliveries: CSV with a header, or JSON lines. A cell is never repeated: it could be an address."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from api.directory.readers.csv_table import Columns, Row, Table
from api.directory.readers.source_file import SourceFile
from api.importers.readers.document import Format, open_document
from api.notices.reporting import REPORTED, Report
from domain.errors import InvalidInstant
from domain.instants import parse_instant
from domain.notices.events import Result

CODE_LENGTH_MAX, REFERENCE_LENGTH_MAX = 100, 200
_RECIPIENT_DIGITS_MAX = 9
COLUMNS = Columns(
    needed=("result", "at"),
    optional=("recipient", "person", "code", "reference"),
    synonyms={
        "address": "person",
        "email": "person",
        "e-mail": "person",
        "mail": "person",
        "directory id": "person",
        "principal": "person",
        "principal id": "person",
        "object id": "person",
        "status": "result",
        "time": "at",
        "timestamp": "at",
    },
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reported:
    """A row that could be read."""

    line: int
    report: Report = field(repr=False)
    """Its `person` is as it was written: an opaque id, a directory id, or an address."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A row of which nothing is recorded."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    reason: str


def read_report(source: Path | bytes) -> Iterator[Reported | NotTaken]:
    """Read a file row by row; what it is, it tells by its first character.

    Raises:
        DocumentError: it cannot be opened, is empty, too large, of another kind, or not UTF-8.
        DirectoryFileError: the header of a table is not understood.
    """
    file = SourceFile.of(source)
    return _json_lines(file) if file.is_json else _table(file)


def _table(file: SourceFile) -> Iterator[Reported | NotTaken]:
    table = Table.opened(file)
    for row in table.rows(table.columns(COLUMNS)):
        yield _tried(row.line, row.cells) if isinstance(row, Row) else NotTaken(row.line, row.reason)


def _json_lines(file: SourceFile) -> Iterator[Reported | NotTaken]:
    with open_document(file.content, name=file.name, form=Format.JSON_LINES).text_stream() as stream:
        for line, text in enumerate(stream, start=1):
            if text.strip():
                yield _tried(line, _cells(text))


def _cells(text: str) -> Mapping[str, str] | None:
    """Read a line as cells by the meaning of the fields; none where it is no object of texts and numbers with known, different fields."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or any(not isinstance(value, str | int | None) for value in found.values()):
        return None
    cells = [(COLUMNS.meaning(name), "" if value is None else str(value).strip()) for name, value in found.items()]
    named = {meaning: value for meaning, value in cells if meaning}
    return named if len(named) == len(cells) else None


def _tried(line: int, cells: Mapping[str, str] | None) -> Reported | NotTaken:
    if cells is None:
        expected = ", ".join((*COLUMNS.needed, *COLUMNS.optional))
        return NotTaken(line, f"it is no JSON object with fields of these: {expected}; each a text or a number, and given once")
    try:
        return Reported(line, _report(cells))
    except _Wrong as problem:
        return NotTaken(line, problem.reason)


def _report(cells: Mapping[str, str]) -> Report:
    recipient, person = cells.get("recipient", ""), cells.get("person", "")
    if bool(recipient) == bool(person):
        raise _Wrong("it has to name either a recipient, by its number, or a person")
    report = Report(
        _number(recipient) if recipient else None,
        person or None,
        _result(cells.get("result", "")),
        _at(cells.get("at", "")),
        _short(cells.get("code", ""), CODE_LENGTH_MAX),
        _short(cells.get("reference", ""), REFERENCE_LENGTH_MAX),
    )
    if report.names_an_address:
        raise _Wrong("its code or its reference looks like an address; give the server's code alone")
    return report


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > _RECIPIENT_DIGITS_MAX or not int(text):
        raise _Wrong("its recipient is no number of one")
    return int(text)


def _result(text: str) -> Result:
    try:
        result = Result(text.lower())
    except ValueError:
        result = Result.UNKNOWN
    if result not in REPORTED:
        raise _Wrong("its result is none of accepted, transient, permanent, bounced")
    return result


def _at(text: str) -> datetime:
    """Read an instant, to the millisecond: so it is recorded."""
    try:
        at = parse_instant(text)
    except InvalidInstant:
        raise _Wrong("its instant cannot be read; write it like 2025-01-20T09:00:00Z") from None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _short(text: str, length_max: int) -> str | None:
    if len(text) > length_max:
        raise _Wrong(f"its code or its reference is longer than {length_max} characters")
    return text or None


def by_id(reported: Reported, id_: str) -> Reported:
    """Return a row that names somebody by the opaque id."""
    return replace(reported, report=replace(reported.report, person=id_))
