"""One statement of a date: for which field and deployment types, whether firm, a floor or none, and the date itself."""

import re
from dataclasses import dataclass

from api.importers.readers.cells import BLANK
from api.importers.readers.deployment_types import TYPES, deployment_types
from api.importers.readers.tables import DEPRECATED, LEGACY, RETIRED
from api.importers.readers.written_dates import WrittenDate, date_at
from domain.dates import AnyDate, firm, no_date, not_before

_I = re.IGNORECASE
_FIELD = re.compile(
    r"(?:(?:will be|will|to be)\s+)?(?:(legacy)|(deprecat(?:e|ed|es|ion))|(retire(?:|d|s|ment)))\b"
    r"(?:\s+date)?(?:\s*\(UTC\))?\s*[:\u2013\u2014-]?\s*(?:on\s+)?",
    _I,
)
_FIELDS = (LEGACY, DEPRECATED, RETIRED)
_TYPES_IN_FRONT = re.compile(rf"({TYPES})(?:\s*[:\u2013\u2014-]\s*|\s+(?=(?:will|to be|legacy|deprecat|retire)))", _I)
_TYPES_BEHIND = re.compile(rf"\s*\((?:for\s+)?({TYPES})(?:\s+only)?\)|\s+for\s+({TYPES})(?!\w)", _I)
_FLOOR = re.compile(r"(?:(?:no|not)\s+(?:earlier|sooner|before)(?:\s+than)?|not\s+(?:prior\s+to)|on\s+or\s+after)\s*:?\s+", _I)
_FLOOR_BEHIND = re.compile(r",?\s*\(?(?:or\s+later|or\s+after|and\s+later|at\s+the\s+earliest|at\s+earliest|onwards?)\b\)?", _I)
_UTC = re.compile(r",?\s*(?:\(UTC\)|UTC\b)", _I)
_ON = re.compile(r"on\s+", _I)
_SOME = r"(?:retirement\s+|deprecation\s+|legacy\s+)?"
_NO_DATE = re.compile(
    rf"(?:tb[dac]|none|to\s+be\s+(?:determined|announced|confirmed|decided)"
    rf"|(?:none|not|nothing)\s+(?:yet\s+)?(?:announced|scheduled|planned|determined|decided|set)(?:\s+yet)?"
    rf"|no\s+{_SOME}dates?(?:\s+yet)?(?:\s+(?:announced|scheduled|planned|set))?|no\s+{_SOME}(?:announced|scheduled|planned)"
    rf"|no\s+(?:retirement|deprecation)\s+(?:announced|scheduled|planned))(?=\s*[.;]?\s*(?:\n|\Z))",
    _I,
)
_BLANK = re.compile(rf"(?:{BLANK})(?=\s*[.;]?\s*(?:\n|\Z))", _I)


@dataclass(frozen=True, slots=True)
class Statement:
    """A date for one field; for some deployment types only, where any are named."""

    field: str
    types: tuple[str, ...]
    date: AnyDate | None
    end: int
    labelled: bool


def statement_at(text: str, start: int, column: str) -> Statement | None:
    """Read the statement with which a text goes on at a place; a label in front of the date wins over the column."""
    place, types, labels = start, "", 0
    if found := _TYPES_IN_FRONT.match(text, place):
        types, place = found[1], found.end()
    if named := _FIELD.match(text, place):
        column, place, labels = _FIELDS[next(i for i in range(3) if named[i + 1])], named.end(), 1
    if not types and (found := _TYPES_IN_FRONT.match(text, place)):
        types, place = found[1], found.end()
    labelled = bool(types or labels)
    if nothing := _BLANK.match(text, place):
        return Statement(column, (), None, nothing.end(), labelled)
    if none := _NO_DATE.match(text, place):
        return Statement(column, deployment_types(types), no_date(one_line(none[0])), none.end(), labelled)
    return _dated(text, place, Statement(column, deployment_types(types), None, place, labelled))


def _dated(text: str, start: int, said: Statement) -> Statement | None:
    floor = _FLOOR.match(text, start)
    on = None if floor else _ON.match(text, start)
    begin = floor.end() if floor else on.end() if on else start
    written = date_at(text, begin)
    if written is None:
        return None
    types, end, is_floor = said.types, written.end, floor is not None
    raw_end = end
    for _ in range(3):
        if found := _TYPES_BEHIND.match(text, end):
            types, end = (*types, *deployment_types(found[1] or found[2])), found.end()
        elif found := _FLOOR_BEHIND.match(text, end):
            is_floor, end = True, found.end()
            raw_end = end
        elif found := _UTC.match(text, end):
            end = found.end()
    raw = one_line(text[start if floor else begin : raw_end])
    return Statement(said.field, types, _typed(written, raw, is_floor=is_floor), end, said.labelled or bool(types))


def _typed(written: WrittenDate, raw: str, *, is_floor: bool) -> AnyDate:
    return not_before(written.value, raw) if is_floor else firm(written.value, raw)


def one_line(text: str) -> str:
    """Return a text with single spaces for all white space."""
    return " ".join(text.split())
