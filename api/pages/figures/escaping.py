"""Texts in a figure: whatever somebody wrote, the drawing stays XML."""

import re

from markupsafe import Markup, escape

_NOT_XML = re.compile("[^\\t\\n\\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 holds in no form, escaped or not."""
_BREAKS = re.compile(r"\s+")


def xml_text(text: str, length_max: int = 200) -> Markup:
    """Write a text into XML: on one line, cut where it is long, with a mark for each character that XML does not know."""
    line = _BREAKS.sub(" ", _NOT_XML.sub("\ufffd", text)).strip()
    return escape(line if len(line) <= length_max else line[: length_max - 1] + "…")
