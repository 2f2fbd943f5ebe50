"""When a recipient is tried again: later and later, and not all at one instant."""

from datetime import datetime, timedelta
from hashlib import blake2b

FIRST_SECONDS = 60.0
CEILING_SECONDS = 4 * 3600.0
ATTEMPTS_MAX = 32
"""Then a recipient is given up: after about three days."""


def next_attempt(attempts: int, last: datetime, key: str) -> datetime | None:
    """Return from when the next attempt may be made after so many; none where it was tried often enough.

    The pause doubles from a minute up to four hours, of which half is chance: drawn from the key and the number of attempts, so that
    whoever asks again gets the same answer.
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    longest = min(CEILING_SECONDS, FIRST_SECONDS * 2 ** min(attempts - 1, 16))
    drawn = int.from_bytes(blake2b(f"{key} {attempts}".encode(), digest_size=8).digest()) / 2**64
    return last + timedelta(seconds=longest * (0.5 + drawn / 2))
