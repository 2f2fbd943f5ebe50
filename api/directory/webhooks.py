"""Registering webhooks: where they may go, and the secret that only their receiver knows."""

from base64 import b64encode
from secrets import token_bytes

from api.delivery.private_addresses import Allowed, check_url
from api.notices.offices import notice_settings

_SECRET_BYTES = 32
URL_LENGTH_MAX = 2000
_ANYWHERE = Allowed(("0.0.0.0/0", "::/0"), http=True)


def checked_url(url: str, *, allow_private: bool = False) -> str:
    """Return an address that webhooks may go to, as far as can be told before its name is looked up.

    With `allow_private`, it may be one that is not allowed yet: it is judged again, by the settings, each time that something is sent.

    Raises:
        AddressRefused: they may not.
    """
    settings = notice_settings()
    set_up = Allowed(settings.webhook_allow, http=settings.webhook_allow_http)
    check_url(url, _ANYWHERE if allow_private else set_up)
    return url


def new_secret() -> str:
    """Make a secret, in the form of Standard Webhooks."""
    return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"
