"""Names as they can be shown to somebody: what people and providers call themselves can hold anything."""

import unicodedata

LENGTH_MAX = 120
_JOINERS = frozenset("\u200c\u200d")
"""Of the characters that nobody sees, those that some scripts, and emoji, are written with."""


def cleaned(text: str, length_max: int = LENGTH_MAX) -> str:
    """Return a text on one line, without control characters and what nobody sees, like marks that turn the writing; cut where long."""
    visible = "".join(_kept(c) for c in text[: 8 * length_max])
    line = " ".join(visible.split())
    return line if len(line) <= length_max else line[: length_max - 1] + "…"


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return character if character in _JOINERS else ""
    if category in {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}:
        return " "
    return character
