"""Names in the directory: subscriptions, roles and deployments, in the form in which they are filed."""

import re
from functools import lru_cache

from domain.errors import InvalidName
from domain.names import readable_name

_SUBSCRIPTION = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_ADDRESS = re.compile(r"\S@\S")


@lru_cache(maxsize=16_384)
def subscription_id(text: str) -> str:
    """Return a subscription's id in lower case.

    Raises:
        InvalidName: it is no id: up to 100 letters, digits, `.`, `_` or `-`, the first a letter or digit.
    """
    found = text.strip().lower()
    if not _SUBSCRIPTION.fullmatch(found):
        raise InvalidName("subscription", text, "use up to 100 letters, digits, `.`, `_` or `-`, the first a letter or digit")
    return found


@lru_cache(maxsize=4096)
def role_name(text: str) -> str:
    """Return a role's name as the policy writes it: in lower case, with single spaces.

    Raises:
        InvalidName: it is empty, too long, not readable, or holds an address, as where two columns were mixed up.
    """
    found = readable_name(" ".join(text.split()).lower(), "role")
    if _ADDRESS.search(found):
        raise InvalidName("role", "…@…", "it holds an address; a role is named like monitoring reader")
    return found


def deployment_name(text: str) -> str:
    """Return a deployment's name, once in a subscription at a time.

    Raises:
        InvalidName: it is empty, too long or not readable.
    """
    return readable_name(text, "deployment")
