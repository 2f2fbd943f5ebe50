"""Names: what people read, and the key form that the ledger files them under."""

import unicodedata

from domain.errors import InvalidName

NAME_LENGTH_MAX = 200
"""Longest catalog, model, scope value or display name, in characters."""


def slug(name: str) -> str:
    """Return the key form of a model's name: lower case, NFC, white space to `-`, keeping letters, digits and `. _ + -`."""
    lowered = unicodedata.normalize("NFC", name).strip().lower()
    joined = "-".join(unicodedata.normalize("NFC", lowered).split())
    kept = (c for c in joined if c in "._+-" or unicodedata.category(c)[0] == "L" or c.isdecimal())
    return unicodedata.normalize("NFC", "".join(kept))


def same_name(left: str, right: str) -> bool:
    """Tell whether two display names differ only in case and white space."""
    return _folded(left) == _folded(right)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def readable_name(text: str, what: str = "name") -> str:
    """Return a display name, provider or scope value in NFC, without white space around it.

    Raises:
        InvalidName: it is empty, too long, or holds characters that cannot be seen.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise InvalidName(what, name, "it is empty")
    if len(name) > NAME_LENGTH_MAX:
        raise InvalidName(what, name, f"it has {len(name)} characters; {NAME_LENGTH_MAX} are allowed")
    if name.isascii() and name.isprintable():
        return name
    for character in name:
        if unicodedata.category(character) in _UNSEEN or character in _BLANK_LETTERS:
            raise InvalidName(what, name, f"it holds the invisible character U+{ord(character):04X}; remove it")
    return name


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Fillers of Hangul syllables: letters that show nothing, so that two names would look alike."""
