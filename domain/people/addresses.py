"""What can be an address of a person."""

import re

BYTES_MAX = 254
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]+@[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]+")


def usable_address(text: str | None) -> bool:
    """Tell whether a text looks like one address, to which a message could be sent."""
    return text is not None and _ADDRESS.fullmatch(text) is not None and text.isprintable() and _length(text) <= BYTES_MAX


def _length(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
