"""Names within a sentence: a name written from right to left keeps its direction to itself."""

from markupsafe import Markup, escape

_BEGIN, _END = "\u2068", "\u2069"
"""First strong isolate, and its end: they stand around names until a sentence is written out."""
_DROPPED = {ord(mark): None for mark in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def isolated(text: str) -> str:
    """Mark a text that somebody else chose, less any mark of direction in it."""
    return f"{_BEGIN}{text.translate(_DROPPED)}{_END}"


def as_text(told: str) -> str:
    """Write a sentence as plain text."""
    return told.replace(_BEGIN, "").replace(_END, "")


def as_html(told: str) -> Markup:
    """Write a sentence as HTML: escaped, each name in an element of its own."""
    return Markup(str(escape(told)).replace(_BEGIN, "<bdi>").replace(_END, "</bdi>"))  # noqa: S704  # escaped
