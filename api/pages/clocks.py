"""The clocks of a page: read from its address, and written into the addresses that it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from urllib.parse import urlencode

from api.http.queries import POSITION_MAX
from api.pages.errors import FieldUnusable
from domain.errors import InvalidInstant
from domain.events import Position
from domain.instants import parse_instant
from domain.ledger import Asked
from domain.subjects import WHOLE, Scope

MIDNIGHT = time(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What an address says about the three clocks. None: now, or the head of the log."""

    valid_at: datetime | None = None
    known_at: datetime | None = None
    recorded_at: datetime | Position | None = None

    def asked(self, scope: Scope = WHOLE) -> Asked:
        """Return the question about a scope at these clocks."""
        return Asked(scope, self.valid_at, self.known_at, self.recorded_at)

    def parameters(self) -> dict[str, str]:
        """Return the parameters that say the same in another address."""
        told = {name: written(at) for name, at in (("valid_at", self.valid_at), ("known_at", self.known_at)) if at is not None}
        if self.recorded_at is not None:
            told["recorded_at"] = written(self.recorded_at)
        return told

    def query(self, **more: str) -> str:
        """Return them as the end of an address, with its question mark; nothing where there is nothing to say."""
        told = {**more, **self.parameters()}
        return f"?{urlencode(told)}" if told else ""


def written(at: datetime | Position) -> str:
    """Write an instant as a person would: a day where it is the first instant of one; a position as `@57`."""
    if isinstance(at, int):
        return f"@{at}"
    at = at.astimezone(UTC)
    return at.date().isoformat() if at.timetz() == MIDNIGHT else at.isoformat().replace("+00:00", "Z")


def read_clocks(parameters: Mapping[str, str]) -> Clocks:
    """Read the clocks of an address; empty ones are not set.

    Raises:
        FieldUnusable: one is neither a day nor an instant.
    """
    return Clocks(_instant(parameters, "valid_at"), _instant(parameters, "known_at"), _recorded(parameters))


def _instant(parameters: Mapping[str, str], name: str) -> datetime | None:
    text = parameters.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_instant(text)
    except InvalidInstant as problem:
        raise FieldUnusable(name, text, problem.sentence) from None


def _recorded(parameters: Mapping[str, str]) -> datetime | Position | None:
    text = parameters.get("recorded_at", "").strip()
    digits = text.removeprefix("@")
    if digits == text:
        return _instant(parameters, "recorded_at")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(POSITION_MAX)) or int(digits) > POSITION_MAX:
        raise FieldUnusable("recorded_at", text, "after @ comes a position of the ledger, like @57")
    return int(digits)
