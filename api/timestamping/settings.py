"""Settings of timestamps: which authority, and who vouches for it."""

from dataclasses import dataclass
from os import environ
from pathlib import Path

URL_VARIABLE = "LIFECYCLE_TIMESTAMP_URL"
CA_FILE_VARIABLE = "LIFECYCLE_TIMESTAMP_CA_FILE"


@dataclass(frozen=True, slots=True)
class TimestampSettings:
    """What can be set."""

    url: str
    """Where the authority answers by HTTP."""
    ca_file: Path
    """Certificates, in PEM, one of which has to vouch for it."""


def timestamp_settings() -> TimestampSettings | None:
    """Read them; none where no authority is to be asked."""
    url, file = environ.get(URL_VARIABLE), environ.get(CA_FILE_VARIABLE)
    return TimestampSettings(url, Path(file or "").expanduser()) if url else None
