"""Markup inside a cell: how marks, links and footnotes fall away until the text is left. A line break becomes a newline."""

import re

CELL_LENGTH_MAX = 10_000
"""Longest cell that is read, in characters."""

STRUCK = "~~"
"""Left where text was struck out, so that no struck date reads as one that holds."""

_FOOTNOTE = re.compile(r"<sup\b[^<>]*>.{0,200}?</sup\s*>|\[\^[^\]\s]{1,50}\]", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STRIKE = re.compile(r"</?(?:del|s|strike)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!--.{0,500}?-->", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS = re.compile(r"`+|\*\*")
_MARKED = re.compile(r"[<`*\[]")
_SPACES = re.compile(r"[^\S\n]+")
_MARKS_AFTER_NAME = " *†‡§¹²³⁰⁴⁵⁶⁷⁸⁹"


def plain(text: str) -> str:
    """Return the text of a cell, with a newline for each line break."""
    if _MARKED.search(text):
        text = _LINK.sub(r"\1", _FOOTNOTE.sub("", text))
        text = _TAG.sub("", _STRIKE.sub(STRUCK, _BREAK.sub("\n", text)))
        text = _MARKS.sub("", text)
    return tidy(text)


def tidy(text: str) -> str:
    """Return the lines of a text without blank ones, and each with single spaces."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def without_footnote(name: str) -> str:
    """Return a name without the marks that point to a footnote."""
    return _FOOTNOTE.sub("", name).rstrip(_MARKS_AFTER_NAME).strip()
