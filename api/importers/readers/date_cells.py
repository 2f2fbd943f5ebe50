"""A date cell: which dates it states, for which fields and deployment types, and what else stands in it."""

import re
from dataclasses import dataclass, field

from api.importers.readers.cells import Unreadable
from api.importers.readers.date_statements import Statement, one_line, statement_at
from api.importers.readers.markup import STRUCK, without_footnote
from api.importers.readers.tables import DEPRECATED, LEGACY, RETIRED
from api.importers.readers.written_dates import MONTHS, like_a_date
from domain.errors import shown

_I = re.IGNORECASE
_WORDS = {LEGACY: "legacy", DEPRECATED: "deprecation", RETIRED: "retirement"}
_UPGRADE = re.compile(
    r"(?:(?:deployments?|models?|it|this\s+version)\s+)?(?:to\s+be|will\s+be|is\s+being|being)\s+(?:auto(?:matically|-)?\s*)?(?:upgraded|updated)\b"
    r"|auto(?:matically|matic|-)?\s*(?:upgrade[ds]?|update[ds]?)\b|upgrade[ds]?\b",
    _I,
)
_BETWEEN = re.compile(r"\s*(?:[;,./|]|\band\b|&)?\s*", _I)
_SECOND = re.compile(
    rf"\(?\s*(?:[-\u2013\u2014/&,;~]|\b(?:to|until|till|through|thru|or|and)\b)?\s*"
    rf"(?:(?:19|20)\d\d\b|{MONTHS}\b|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTHS}\b|\d+[/.]\d|Q[1-4]\b)",
    _I,
)
_TIME = re.compile(r",?\s*(?:at\s+)?\d{1,2}(?::\d\d|\s*[ap]\.?m\b)", _I)
_NEW_SENTENCE = re.compile(r"[.;(\[:]|[^\W\d_a-z]")
_CHANGED = re.compile(
    r"\b(?:postponed|delayed|cancell?ed|rescheduled|withdrawn|extended\s+(?:to|until|till|from|by)|no\s+longer\s+(?:planned|scheduled|valid|appl))",
    _I,
)


@dataclass(slots=True)
class DateCell:
    """All that a date cell states."""

    statements: list[Statement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_dates(text: str, column: str) -> DateCell:
    """Read the plain text of a cell under a column of dates.

    Raises:
        Unreadable: it holds something like a date that cannot be read for certain.
    """
    if STRUCK in text:
        raise _doubt(column, text, "a part of it is struck out")
    cell = DateCell()
    text = "\n".join(without_footnote(line) for line in text.split("\n"))
    start = 0
    while start < len(text):
        statement = statement_at(text, start, column)
        if statement is None:
            start = _note_line(cell, text, start, column)
            continue
        if cell.notes and statement.date and not statement.labelled:
            raise _doubt(column, text, "the text in front of the date may change what it means")
        cell.statements.append(statement)
        start = _behind(cell, text, statement.end, column)
    return cell


def _behind(cell: DateCell, text: str, start: int, column: str) -> int:
    """Go on behind a date: to a next statement, the next line, or over the rest of the line, which is kept as a note."""
    line_end = _line_end(text, start)
    rest = text[start:line_end].strip()
    if not rest.strip(" .;,"):
        return line_end + 1
    between = _BETWEEN.match(text, start)
    place = between.end() if between else start
    following = statement_at(text, place, column)
    if following is not None and following.labelled:
        return place
    if _SECOND.match(rest):
        raise _doubt(column, text, "it is a range, or several dates")
    if _TIME.match(rest):
        raise _doubt(column, text, "its time of day has no offset from UTC")
    if _CHANGED.search(rest) or (not _NEW_SENTENCE.match(rest) and like_a_date(rest)):
        raise _doubt(column, text, "the text behind the date may change what it means")
    _keep(cell, rest.lstrip(" .;,:"), f"text beside the {_WORDS[column]} date is kept as a note")
    return line_end + 1


def _note_line(cell: DateCell, text: str, start: int, column: str) -> int:
    line_end = _line_end(text, start)
    line = text[start:line_end]
    if _UPGRADE.match(line):
        _keep(cell, line, f"the {_WORDS[column]} cell announces an upgrade, which is no {_WORDS[column]} date; kept as a note")
    elif cell.statements:
        if _CHANGED.search(line):
            raise _doubt(column, text, "the text behind the date may change what it means")
        _keep(cell, line, f"text beside the {_WORDS[column]} date is kept as a note")
    elif like_a_date(line):
        raise _doubt(column, text, "it is no date that can be read for certain")
    else:
        _keep(cell, line, f"the {_WORDS[column]} cell states no date; kept as a note")
    return line_end + 1


def _keep(cell: DateCell, note: str, remark: str) -> None:
    if note:
        cell.notes.append(note)
        cell.remarks.append(f"{remark}: {shown(note)}")


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _doubt(column: str, text: str, why: str) -> Unreadable:
    advice = "Write it like 2025-04-15, 2025-04, or No earlier than 2025-04-15"
    return Unreadable(f"the {_WORDS[column]} date {shown(one_line(text))} is not read: {why}. {advice}")
