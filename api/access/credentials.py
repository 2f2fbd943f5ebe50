"""Credentials: what a request says of its sender, and where that is checked."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from api.access.access_tokens import AccessTokens
from api.access.code_flow import CodeFlow
from api.access.errors import CredentialRefused
from api.access.key_ring import KeyRing
from api.access.principal import Principal
from api.access.sessions import Sessions
from api.access.tokens import START

_BEARER = "bearer"
_KEY_HEADER = b"x-api-key"
_TOKEN_HEADER = b"authorization"


@dataclass(frozen=True)
class Credentials:
    """All that may be good here."""

    keys: KeyRing
    tokens: AccessTokens | None = None
    """None: no identity provider is set."""
    sessions: Sessions = field(default_factory=Sessions)
    """Of people who signed in; unless told, they end with the process."""
    code_flow: CodeFlow | None = None
    """How people sign in by the identity provider. None: this service is no client of it."""

    @property
    def are_set_up(self) -> bool:
        """Whether anything can be good here; if not, nobody is asked.

        Raises:
            CredentialUnchecked: the keys cannot be read.
        """
        return self.tokens is not None or self.keys.has_keys

    async def principal(self, headers: Iterable[tuple[bytes, bytes]]) -> Principal:
        """Return who sends a request.

        Raises:
            CredentialRefused: it has no credential, several, or one that is not good.
            CredentialUnchecked: it cannot be checked now.
        """
        token, is_key = _sent(headers)
        return await (self.keys.principal(token) if is_key else self.holder(token))

    async def holder(self, token: str) -> Principal:
        """Return whose a key or an access token is.

        Raises:
            CredentialRefused: it is not good.
            CredentialUnchecked: it cannot be checked now.
        """
        if token.startswith(START):
            return await self.keys.principal(token)
        if self.tokens is None:
            raise CredentialRefused("Access tokens are not taken here")
        return await self.tokens.principal(token)


def has_credential(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request names a credential in a header."""
    return any(name in {_TOKEN_HEADER, _KEY_HEADER} for name, _ in headers)


def _sent(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bool]:
    """Return the one credential of a request, and whether it was sent as a key."""
    found = [(name, value.decode("latin-1").strip()) for name, value in headers if name in {_TOKEN_HEADER, _KEY_HEADER}]
    if not found:
        raise CredentialRefused("This needs a credential")
    if len(found) > 1:
        raise CredentialRefused("More than one credential was sent")
    ((name, value),) = found
    if name == _KEY_HEADER:
        return value, True
    scheme, _, token = value.partition(" ")
    if scheme.lower() != _BEARER or not token.strip():
        raise CredentialRefused("The Authorization header is not of the form Bearer TOKEN")
    return token.strip(), False
