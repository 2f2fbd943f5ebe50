"""Tokens of API keys: `lifecycle_PREFIX_SECRET`. The prefix finds the key; of the secret only a hash is kept."""

import re
from secrets import choice, token_urlsafe
from string import ascii_lowercase, digits

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

START = "lifecycle_"
_TOKEN = re.compile(r"lifecycle_([a-z0-9]{8})_[A-Za-z0-9_-]{43}")
_PREFIX_LENGTH = 8
_SECRET_BYTES = 32

# Secrets are random and long: what is left to argon2 is that a stolen file is of no use. 19 MiB is the least that is advised.
_HASH = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))


def new_token() -> tuple[str, str]:
    """Make a token, and return it with its prefix."""
    prefix = "".join(choice(ascii_lowercase + digits) for _ in range(_PREFIX_LENGTH))
    return f"{START}{prefix}_{token_urlsafe(_SECRET_BYTES)}", prefix


def prefix_of(token: str) -> str | None:
    """Return the prefix of a text that has the form of a token."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def hashed(token: str) -> str:
    """Return the hash that is kept of a token. It takes tens of milliseconds."""
    return _HASH.hash(token)


def matches(token: str, kept: str) -> bool:
    """Whether a hash is a token's, in a time that tells nothing of it. It takes tens of milliseconds."""
    return _HASH.verify(token, kept)
