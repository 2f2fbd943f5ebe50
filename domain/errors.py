"""Everything that the ledger refuses, one class a reason: the data that shows what was wrong, and a sentence that says what to do."""

from dataclasses import dataclass


@dataclass(eq=False)
class LedgerError(Exception):
    """Something was refused, and nothing was written."""

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        raise NotImplementedError


@dataclass(eq=False)
class InvalidInstant(LedgerError):
    """A text that names no instant."""

    text: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.text)} is not an instant: {self.reason}. Write it like 2025-01-20 or 2025-01-20T09:00:00Z."


@dataclass(eq=False)
class InvalidDate(LedgerError):
    """A text that names no date."""

    text: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.text)} is not a date: {self.reason}. Write it like 2025-04-15, or 2025-04 for a month."


@dataclass(eq=False)
class InvalidName(LedgerError):
    """A name that cannot be used."""

    what: str
    text: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"The {self.what} {shown(self.text)} cannot be used: {self.reason}."


@dataclass(eq=False)
class InvalidScope(LedgerError):
    """A scope key that is not one."""

    key: str

    @property
    def sentence(self) -> str:
        return f"The scope key {shown(self.key)} cannot be used. Write lower-case letters, digits and `_`, like version or deployment_type."


def shown(text: str, length_max: int = 60) -> str:
    """Return a text as it can be shown in a sentence: quoted, escaped, and cut where it is long."""
    cut = text if len(text) <= length_max else text[:length_max] + "…"
    return f"'{_escaped(cut)}'"


def shell_quoted(text: str) -> str:
    """Return a text as it can be copied to a shell, whatever somebody wrote into it."""
    return "'" + _escaped(text).replace("'", "'\\''") + "'"


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
