"""Signing in by the identity provider: the authorization code flow of OpenID Connect, with PKCE, state and nonce."""

from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.oidc_settings import OidcSettings
from api.access.provider import ProviderFailed, address_in, discovered, exchange
from api.access.signing_keys import ALGORITHMS, SigningKeys
from api.http.logs import log

_BYTES = 32
_CLAIMS = ("exp", "iss", "aud", "sub", "nonce")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody is on the way to the provider and back. The browser keeps it, sealed."""

    next: str
    """Where in this service they want to go."""
    redirect: str
    """To where the provider sends them back."""
    state: str = field(default_factory=lambda: token_urlsafe(_BYTES), repr=False)
    nonce: str = field(default_factory=lambda: token_urlsafe(_BYTES), repr=False)
    verifier: str = field(default_factory=lambda: token_urlsafe(_BYTES), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return asdict(self)

    @property
    def challenge(self) -> str:
        """What tells the provider that whoever brings the code is who asked for it."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")


class CodeFlow:
    """This service as a client of the provider."""

    def __init__(self, settings: OidcSettings, keys: SigningKeys) -> None:
        """`keys` are those that the provider signs with."""
        assert settings.issuer  # noqa: S101  # it is made where people can sign in
        assert settings.client_id  # noqa: S101
        self.issuer = settings.issuer
        self._client_id = settings.client_id
        self._settings = settings
        self._keys = keys

    async def address(self, begun: SignIn) -> str:
        """Return where at the provider somebody signs in.

        Raises:
            CredentialUnchecked: the provider cannot be reached.
        """
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": begun.redirect,
            "scope": self._settings.client_scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        try:
            endpoint = address_in(await discovered(self.issuer), "authorization_endpoint")
        except ProviderFailed as failed:
            raise _unchecked(failed) from None
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def access_token(self, begun: SignIn, code: str) -> str:
        """Return the access token that a code stands for.

        Raises:
            CredentialRefused: the provider answers for somebody or something else.
            CredentialUnchecked: the provider cannot be reached, or does not take the code.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": begun.redirect, "code_verifier": begun.verifier}
        try:
            document = await discovered(self.issuer)
            more, basic = self._client(document)
            answer = await exchange(address_in(document, "token_endpoint"), {**form, **more}, basic)
        except ProviderFailed as failed:
            raise _unchecked(failed) from None
        await self._check(answer.get("id_token"), begun.nonce)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise CredentialRefused("The identity provider gave no access token")
        return token

    def _client(self, document: dict[str, Any]) -> tuple[dict[str, str], tuple[str, str] | None]:
        """Return how this service says who it is: by fields of the form, or by a header."""
        named = {"client_id": self._client_id}
        if self._settings.client_secret is None:
            return named, None
        secret = self._settings.client_secret.get_secret_value()
        methods = document.get("token_endpoint_auth_methods_supported")
        if isinstance(methods, list) and "client_secret_post" in methods and "client_secret_basic" not in methods:
            return {**named, "client_secret": secret}, None
        return {}, (quote(self._client_id, safe=""), quote(secret, safe=""))

    async def _check(self, token: object, nonce: str) -> None:
        """Refuse an ID token that was not issued to this service, by this provider, for this sign-in."""
        try:
            header = jwt.get_unverified_header(str(token))
            key = await self._keys.key(header.get("kid"))
            claims = jwt.decode(
                str(token),
                key,
                algorithms=ALGORITHMS,
                audience=self._client_id,
                issuer=self.issuer,
                leeway=self._settings.leeway_seconds,
                options={"require": list(_CLAIMS)},
            )
        except (jwt.PyJWTError, TypeError, ValueError, RecursionError):
            raise CredentialRefused("The identity provider's ID token is not good here") from None
        if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise CredentialRefused("The identity provider's ID token is for another sign-in")


def _unchecked(failed: ProviderFailed) -> CredentialUnchecked:
    log.warning("the identity provider lets nobody sign in", extra={"reason": str(failed)})
    return CredentialUnchecked("the identity provider does not answer as it should")
