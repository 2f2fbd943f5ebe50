"""API keys as they are kept, and until when one is good."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from api.access.errors import ExpiryInvalid
from api.access.scopes import Grant
from domain.errors import InvalidInstant, InvalidName
from domain.instants import parse_instant
from domain.names import readable_name

NEVER = "never"
_AFTER = re.compile(r"([1-9][0-9]{0,5})([dh])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeyState(StrEnum):
    """Whether a key is good."""

    GOOD = "good"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: all that is kept of it."""

    name: str
    prefix: str
    hash: str = field(repr=False)
    grants: frozenset[Grant]
    created_at: datetime
    expires_at: datetime | None
    """From then on it is not good; none: it does not expire."""
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def state(self, now: datetime) -> KeyState:
        """Whether it is good now."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at is not None and self.expires_at <= now else KeyState.GOOD


def key_name(text: str) -> str:
    """Return a key's name, which each entry of its holder bears.

    Raises:
        InvalidName: it cannot be one.
    """
    name = readable_name(text, "key name")
    if not _NAME.fullmatch(name):
        raise InvalidName(
            "key name", text, "use up to 64 letters, digits and `. _ -`, beginning with a letter or digit; name a system, no person"
        )
    return name


def expiry(text: str, now: datetime) -> datetime | None:
    """Read until when a key is good: `90d`, `12h`, a day or an instant, or `never`.

    Raises:
        ExpiryInvalid: it says none of it, or lies behind.
    """
    if text == NEVER:
        return None
    try:
        found = _AFTER.fullmatch(text)
        until = now + timedelta(days=int(found[1])) if found and found[2] == "d" else None
        until = until or (now + timedelta(hours=int(found[1])) if found else parse_instant(text))
    except (InvalidInstant, OverflowError):
        raise ExpiryInvalid(text) from None
    if until <= now:
        raise ExpiryInvalid(text)
    return until
