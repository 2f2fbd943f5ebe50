"""Settings of proof: who signs, in which name, and how often."""

from dataclasses import dataclass
from os import environ
from pathlib import Path

SIGNING_KEY_VARIABLE = "LIFECYCLE_SIGNING_KEY_FILE"
ORIGIN_VARIABLE = "LIFECYCLE_ORIGIN"


@dataclass(frozen=True, slots=True)
class ProofSettings:
    """What can be set."""

    signing_key: Path | None
    """None: `ledger.signing.key` beside `ledger.db`."""
    origin: str | None
    """None: the ledger's own name, by the hash of its first entry."""


def proof_settings() -> ProofSettings:
    """Read them."""
    key, origin = environ.get(SIGNING_KEY_VARIABLE), environ.get(ORIGIN_VARIABLE)
    return ProofSettings(Path(key).expanduser() if key else None, origin or None)


def signing_key_path(ledger: Path) -> Path:
    """Return the file of a ledger's signing keys."""
    return proof_settings().signing_key or ledger.with_name(f"{ledger.stem}.signing.key")
