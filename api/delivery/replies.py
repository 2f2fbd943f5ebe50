"""What a mail server's answer tells: its codes, and the name under which it queued the message."""

import re

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_NAME = r"<?([A-Za-z0-9][A-Za-z0-9._+/=-]{2,100})"
_QUEUED = re.compile(rf"queued(?: mail for delivery)?(?: as|:)?\s+{_NAME}|\bid[=: ]\s*{_NAME}", re.IGNORECASE)


def code_of(code: int, message: str) -> str:
    """Return the code with the enhanced one (RFC 3463) if the server gives it: `550 5.1.1`. Its words are left out."""
    enhanced = _ENHANCED.search(message)
    return f"{code} {enhanced[1]}" if enhanced else str(code)


def queue_id(message: str) -> str | None:
    """Return the name under which the server keeps a message that it accepted, where it says one."""
    found = _QUEUED.search(message)
    return (found[1] or found[2]) if found else None
