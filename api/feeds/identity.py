"""The identity of a ledger: what begins the ids of all that its feeds hold, for as long as it lives."""

from hashlib import sha256

from domain.store.contract import Store

EMPTY = "0" * 16
DIGITS = 16


def identity(store: Store) -> str:
    """Return hexadecimal digits that no other ledger has: of its first entry, which never changes. Blocking."""
    first = next(iter(store.log(0, 1)), None)
    if first is None:
        return EMPTY
    return sha256(f"{first.recorded_at.isoformat()}\n{first.stream}\n{first.actor}".encode()).hexdigest()[:DIGITS]
