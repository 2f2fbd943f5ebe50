"""Registering webhooks: where they may go, and the secret that only their receiver knows."""

from base64 import b64encode
from secrets import token_bytes

from api.delivery.private_addresses import Allowed, check_url
from api.notices.offices import notice_settings

_SECRET_BYTES = 32
URL_LENGTH_MAX = 2000


def checked_url(url: str) -> str:
    """Return an address that webhooks may go to, as far as can be told before its name is looked up.

    Raises:
        AddressRefused: they may not.
    """
    settings = notice_settings()
    check_url(url, Allowed(settings.webhook_allow, http=settings.webhook_allow_http))
    return url


def new_secret() -> str:
    """Make a secret, in the form of Standard Webhooks."""
    return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"
