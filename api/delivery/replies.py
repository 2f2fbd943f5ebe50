"""What a mail server's answer tells: its codes, and the name under which it queued the message."""

import re

_ENHANCED = re.compile(r"[#(\[]?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
"""Only where an answer begins with it: further on it is as likely part of a network address."""
# A name is taken whole or not at all, and what goes on with an `@` is an address.
_NAME = r"([A-Za-z0-9][A-Za-z0-9._+/=-]{2,99}+)(?![\w@])"
_START = r"^(?:[245]\.\d{1,3}\.\d{1,3} )?+"
_QUEUED = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"queued as:? <?{_NAME}",  # Postfix
        rf"\bInternalId={_NAME}",  # Exchange
        rf"\bid=\s?{_NAME}",  # Exim
        rf"{_START}{_NAME} Message accepted for delivery",  # Sendmail, OpenSMTPD
        rf"\bMessage Queued \({_NAME}\)",  # Haraka
        rf"{_START}OK\s+\d+ {_NAME} - gsmtp",  # Gmail
        rf"^Ok {_NAME}$",  # Amazon SES
    )
)


def code_of(code: int, message: str) -> str:
    """Return the code with the enhanced one (RFC 3463) if the server gives it: `550 5.1.1`. Its words are left out."""
    enhanced = _ENHANCED.match(message)
    return f"{code} {enhanced[1]}" if enhanced else str(code)


def queue_id(message: str) -> str | None:
    """Return the name under which the server keeps a message that it accepted, where it says one."""
    return next((found[1] for form in _QUEUED if (found := form.search(message))), None)
