"""Access tokens of an identity provider: signed by it, for us, and good now."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any

import jwt

from api.access.errors import CredentialRefused
from api.access.oidc_settings import OidcSettings
from api.access.principal import Principal
from api.access.provider import fetch_keys
from api.access.scopes import known_grants
from api.access.signing_keys import ALGORITHMS, SigningKeys
from domain.clock import Clock, system_clock
from domain.errors import InvalidName
from domain.names import readable_name

REMEMBERED_SECONDS = 5.0
"""For how long a token that was found good is not looked at again: so long may one be good whose key the provider has taken back."""
REMEMBERED_MAX = 4096
LENGTH_MAX = 8192
"""Longest token that is looked at, in characters."""
_SUBJECT_LENGTH_MAX = 64
_REQUIRED = ("exp", "iss", "aud", "sub")
_REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "has expired"),
    (jwt.ImmatureSignatureError, "is not good yet"),
    (jwt.InvalidAudienceError, "is for somebody else: its audience is another one"),
    (jwt.InvalidIssuerError, "comes from another issuer"),
    (jwt.MissingRequiredClaimError, f"lacks one of the claims {', '.join(_REQUIRED)}"),
    (jwt.InvalidAlgorithmError, "is not signed by an algorithm that is good here"),
    (jwt.InvalidSignatureError, "has a signature that does not fit"),
)


class AccessTokens:
    """Finds out whose a token is."""

    def __init__(self, settings: OidcSettings, keys: SigningKeys | None = None, clock: Clock = system_clock) -> None:
        """`keys` are the issuer's, fetched from it unless they are given."""
        assert settings.issuer  # noqa: S101  # it is made where there is one
        self._settings = settings
        self._clock = clock
        self._remembered: dict[bytes, tuple[Principal, float]] = {}
        """By a token's digest, whose it is, and until when that is believed (`monotonic`)."""
        self._keys = keys or SigningKeys(partial(fetch_keys, settings.issuer))

    async def principal(self, token: str) -> Principal:
        """Return in whose name a token was issued.

        Raises:
            CredentialRefused: it was not issued by the provider for us, or is not good now.
            CredentialUnchecked: the provider cannot be reached.
        """
        digest = sha256(token.encode(errors="surrogatepass")).digest()
        found, until = self._remembered.get(digest, (None, 0.0))
        if found is None or monotonic() >= until or not found.is_good():
            found = await self._looked_at(token)
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[digest] = found, monotonic() + REMEMBERED_SECONDS
        return found

    async def _looked_at(self, token: str) -> Principal:
        claims = self._claims(token, await self._keys.key(_key_id(token)))
        actor = f"oidc:{self._settings.issuer}#{shown_subject(claims['sub'])}"
        grants = known_grants(_scopes(claims.get(self._settings.scopes_claim)))
        return Principal(actor, grants, partial(self._is_before, float(claims["exp"]) + self._settings.leeway_seconds))

    def _is_before(self, end: float) -> bool:
        return self._clock().timestamp() < end

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        settings = self._settings
        try:
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=settings.audience,
                issuer=settings.issuer,
                leeway=settings.leeway_seconds,
                options={"require": list(_REQUIRED)},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            reason = next((told for kind, told in _REASONS if isinstance(error, kind)), "cannot be read")
            raise CredentialRefused(f"The access token {reason}") from None


def shown_subject(subject: str) -> str:
    """Return a subject as entries bear it: as it is, or by its digest where it is an address, too long, or cannot be shown."""
    try:
        if readable_name(subject) == subject and len(subject) <= _SUBJECT_LENGTH_MAX and "@" not in subject:
            return subject
    except InvalidName:
        pass
    return f"sha256-{sha256(subject.encode(errors='surrogatepass')).hexdigest()}"


def _key_id(token: str) -> str | None:
    """Return what a token says of its key, before anything of it is believed."""
    if len(token) > LENGTH_MAX:
        raise CredentialRefused("The access token is too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError):
        raise CredentialRefused("The access token cannot be read") from None
    if header.get("alg") not in ALGORITHMS:
        raise CredentialRefused("The access token is not signed by an algorithm that is good here")
    id_ = header.get("kid")
    return id_ if isinstance(id_, str) else None


def _scopes(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [scope for scope in claim if isinstance(scope, str)] if isinstance(claim, list) else []
