"""What a verification comes to."""

from dataclasses import dataclass
from enum import StrEnum

from domain.events import Position


class Verdict(StrEnum):
    """One of five."""

    INTACT = "intact"
    """Everything agrees with itself and with what was signed."""
    TAMPERED = "tampered"
    """Something is not what was recorded, or not what was signed."""
    TRUNCATED = "truncated"
    """The log ends before what was signed, or before what its own tree holds."""
    UNVERIFIABLE = "unverifiable"
    """It cannot be read, or not be checked: it is no finding in either direction."""
    NEVER_CHECKPOINTED = "never_checkpointed"
    """Everything agrees with itself, and nothing was signed: who can change the file can have changed all of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong."""

    verdict: Verdict
    reason: str
    table: str | None = None
    position: Position | None = None
    """Of the entry, or the number of the row of another table."""


class Found(Exception):
    """Ends a verification with what was found."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification came to, and how much it looked at."""

    verdict: Verdict
    fault: Fault | None
    entries: int
    commands: int
    checkpoints: int
    external: int
    """Checkpoints kept elsewhere that were compared."""


def tampered(table: str, row: int | None, reason: str) -> Found:
    """Return what ends a verification at a row that is not what it was."""
    return Found(Fault(Verdict.TAMPERED, reason, table, row))


def truncated(table: str, row: int | None, reason: str) -> Found:
    """Return what ends a verification where the rest is gone."""
    return Found(Fault(Verdict.TRUNCATED, reason, table, row))


def unverifiable(reason: str, table: str | None = None, row: int | None = None) -> Found:
    """Return what ends a verification that cannot say."""
    return Found(Fault(Verdict.UNVERIFIABLE, reason, table, row))
