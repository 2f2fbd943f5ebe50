"""Sessions: a credential that a browser keeps, sealed, in a cookie. It is checked anew with each request, as one in a header is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import environ
from pathlib import Path
from secrets import token_urlsafe

from api.access.errors import CredentialRefused
from api.access.sealing import SEALED_MAX, Seal
from domain.clock import Clock, system_clock

COOKIE = "lifecycle_session"
KEY_VARIABLE = "LIFECYCLE_SESSION_KEY_FILE"
HOURS_MAX = 12
_PURPOSE = "session"
_SECRET_BYTES = 24
_HEADERS_MAX = 32_768


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in."""

    credential: str = field(repr=False)
    """An API key or an access token."""
    began_at: datetime
    secret: str = field(repr=False)
    """What the tokens of this session's forms are made of."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins sessions, and finds them again in cookies."""

    seal: Seal = field(default_factory=Seal.in_memory)
    clock: Clock = system_clock

    def begun(self, credential: str) -> str:
        """Begin a session, and return it as a cookie keeps it.

        Raises:
            CredentialRefused: the credential is too long to be kept in a cookie.
        """
        content = {"credential": credential, "began_at": self.clock().timestamp(), "secret": token_urlsafe(_SECRET_BYTES)}
        sealed = self.seal.sealed(content, _PURPOSE)
        if len(sealed) > SEALED_MAX:
            raise CredentialRefused("The access token is too long to be kept in a cookie")
        return sealed

    def opened(self, sealed: str) -> Session | None:
        """Return the session that a cookie keeps; none where it is not ours, or has come to its end."""
        found = self.seal.opened(sealed, _PURPOSE)
        if found is None:
            return None
        began_at = datetime.fromtimestamp(found["began_at"], UTC)
        if not timedelta() <= self.clock() - began_at < timedelta(hours=HOURS_MAX):
            return None
        return Session(found["credential"], began_at, found["secret"])

    def of(self, headers: Iterable[tuple[bytes, bytes]]) -> Session | None:
        """Return the session of a request, if it has one that has not ended."""
        sealed = cookie_of(headers, COOKIE)
        return self.opened(sealed) if sealed else None


def cookie_of(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """Return a cookie of a request; empty where it has none of that name."""
    for header, value in headers:
        if header == b"cookie" and name.encode() in value and len(value) <= _HEADERS_MAX:
            for part in value.decode("latin-1").split(";"):
                key, _, text = part.strip().partition("=")
                if key == name:
                    return text.strip('"')
    return ""


def session_key_path(ledger: Path) -> Path:
    """Return the file of the key of a ledger's sessions: as set, or `ledger.session.key` beside `ledger.db`."""
    named = environ.get(KEY_VARIABLE)
    return Path(named).expanduser() if named else ledger.with_name(f"{ledger.stem}.session.key")
