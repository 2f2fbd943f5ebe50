"""Names as they can be shown to somebody: what people and providers call themselves can hold anything."""

import unicodedata

LENGTH_MAX = 120
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def cleaned(text: str, length_max: int = LENGTH_MAX) -> str:
    """Return a text on one line, without control characters and marks that turn the direction of writing, cut where it is long."""
    visible = "".join(_kept(c) for c in text[: 8 * length_max])
    line = " ".join(visible.split())
    return line if len(line) <= length_max else line[: length_max - 1] + "…"


def _kept(character: str) -> str:
    if character in _BIDI:
        return ""
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}:
        return " "
    return character
