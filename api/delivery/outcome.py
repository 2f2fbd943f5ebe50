"""What came of sending a notice, in words that give nobody away."""

import re
from dataclasses import dataclass
from datetime import datetime

from api.delivery.notice import Outgoing
from domain.notices.events import Result

LENGTH_MAX = 200
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcome of one attempt."""

    outgoing: Outgoing
    result: Result
    at: datetime
    channel: str
    code: str | None = None
    """What the server answered: `250`, `550 5.1.1`, an HTTP status."""
    reference: str | None = None
    """Under which the server knows it."""
    detail: str | None = None
    """The server's words, scrubbed."""
    retry_after: float | None = None
    """Seconds after which the server wants to be asked again, if it says so."""


def scrubbed(text: str, address: str | None = None) -> str:
    """Take every address out of a server's words, and cut them where they are long."""
    told = "".join(c if c.isprintable() else " " for c in text)
    if address:
        told = re.sub(re.escape(address), "<address>", told, flags=re.IGNORECASE)
    told = _ADDRESS.sub("<address>", told)
    if address:
        local = address.rpartition("@")[0]
        for part in filter(None, (local, local.partition("+")[0])):  # What stands after a plus is an extension, which servers leave out.
            told = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "<address>", told, flags=re.IGNORECASE)
    return told[:LENGTH_MAX]
