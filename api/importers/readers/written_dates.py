"""One date as people write it. A date is read where a text begins with it, or not at all: nothing is guessed."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from domain.dates import When
from domain.errors import InvalidDate

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_GAP = r"(?:\s*[.,]\s*|\s+)"
_END = r"(?![\w/-])(?!\.\d)"
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})" + _END, re.ASCII)
_NUMBERS = re.compile(r"\d{4}-\d{2}(?:-\d{2})?" + _END, re.ASCII)
_WORDS = re.compile(
    rf"(?:{MONTHS}{_GAP}{_DAY}(?:\s*,\s*|\s+)\d{{4}}|{_DAY}{_GAP}(?:of\s+)?{MONTHS}{_GAP}\d{{4}}|\d{{1,2}}-{MONTHS}-\d{{4}}){_END}",
    re.ASCII | re.IGNORECASE,
)
_MONTH = re.compile(rf"({MONTHS}){_GAP}(\d{{4}}){_END}", re.ASCII | re.IGNORECASE)
_LIKE = re.compile(
    rf"(?<!\d)(?:19|20)\d\d(?!\d)|\d{{1,4}}[/.]\d{{1,2}}[/.]\d{{1,4}}|\d{{1,2}}-\d{{1,2}}-\d{{2,4}}|\b\d{{1,2}}/\d{{1,2}}\b|\b[QH][1-4]\b|\bFY\d\d"
    rf"|\b(?!may\b){MONTHS}\b|\bmay\b[\s,.]*\d|\d[a-z]*\s+may\b|\Amay\Z",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date found at the beginning of a text."""

    value: str
    """In the form that `domain.dates` reads."""
    end: int
    """Where the text goes on behind it."""


def date_at(text: str, start: int) -> WrittenDate | None:
    """Read the date with which a text goes on at a place, if it does so with one that exists."""
    for pattern, read in ((_INSTANT, str), (_NUMBERS, str), (_WORDS, _day_in_words)):
        if found := pattern.match(text, start):
            value = read(found[0])
            return WrittenDate(value, found.end()) if value and _exists(value) else None
    if month := _MONTH.match(text, start):
        value = f"{month[2]}-{_number_of(month[1]):02}"
        return WrittenDate(value, month.end()) if _exists(value) else None
    return None


def like_a_date(text: str) -> bool:
    """Tell whether a text holds anything that may be meant as a date, or as a part of one."""
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unicodedata.normalize("NFKC", text))
    return _LIKE.search(digits) is not None


def _exists(value: str) -> bool:
    try:
        When.parse(value)
    except InvalidDate:
        return False
    return True


def _number_of(month: str) -> int:
    return "janfebmaraprmayjunjulaugsepoctnovdec".index(month[:3].lower()) // 3 + 1


@lru_cache(maxsize=4096)
def _day_in_words(words: str) -> str | None:
    import dateparser  # noqa: PLC0415  slow to load, and documents without such a date need none of it

    # Strict, with all parts required: otherwise today's day and month stand in for missing ones.
    settings = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"]}
    found = dateparser.parse(" ".join(words.replace(",", " ").split()), languages=["en"], settings=settings)
    return found.date().isoformat() if found else None
