"""Settings of the identity provider whose access tokens are good here. Each is an environment variable LIFECYCLE_OIDC_NAME."""

from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.http.settings import SettingInvalid

PREFIX = "LIFECYCLE_OIDC_"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its address or as localhost."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def trusted_address(url: str) -> str:
    """Return an address from which keys can be taken: with TLS, or on this machine.

    Raises:
        ValueError: it is another one.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.fragment or not url.isprintable():
        message = "it is no address like https://login.example.com"
        raise ValueError(message)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        message = "it has to begin with https://"
        raise ValueError(message)
    return url


class OidcSettings(BaseSettings):
    """What can be set. Without an issuer, no access tokens are good."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    issuer: Annotated[
        Annotated[str, Field(max_length=120), AfterValidator(trusted_address)] | None,
        Field(description="Who issues the tokens: their `iss`, where its discovery document is found."),
    ] = None
    audience: Annotated[str | None, Field(min_length=1, description="For whom tokens are issued: their `aud`.")] = None
    scopes_claim: Annotated[str, Field(min_length=1, description="Where tokens name their scopes.")] = "scope"
    leeway_seconds: Annotated[float, Field(ge=0, le=300, description="How far clocks may be apart.")] = 30.0

    client_id: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="As what this service lets people sign in by the issuer; none: it does not."),
    ] = None
    client_secret: Annotated[SecretStr | None, Field(description="Its secret, where it has one.")] = None
    client_scope: Annotated[
        str, Field(pattern=r"^openid( [!#-\[\]-~]+)*$", description="What is asked for when people sign in; it begins with openid.")
    ] = "openid"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """The keys of an issuer also sign the tokens of its other applications: without an audience those would be good, too."""
        if (self.issuer is None) != (self.audience is None):
            message = "issuer and audience are set together, or neither is"
            raise ValueError(message)
        return self

    @property
    def signs_in(self) -> bool:
        """Whether people can sign in by the issuer."""
        return self.issuer is not None and self.client_id is not None


def oidc_settings() -> OidcSettings:
    """Read the settings.

    Raises:
        SettingInvalid: one has a value that it cannot have, or one is missing.
    """
    try:
        return OidcSettings()
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingInvalid(f"{PREFIX}AUDIENCE", "", f"it is set together with {PREFIX}ISSUER") from None
        raise SettingInvalid(f"{PREFIX}{str(first['loc'][0]).upper()}", str(first["input"]), reason[:1].lower() + reason[1:]) from None
