"""Why there is no timestamp."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class AuthorityFailed(LedgerError):
    """A timestamp authority that did not answer, or not with a timestamp."""

    host: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The timestamp authority {self.host} gave no timestamp: {self.reason}. The checkpoint stands without one; ask again later."


@dataclass(eq=False)
class AuthorityUnusable(LedgerError):
    """Settings by which no authority can be asked, or trusted."""

    variable: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.variable} cannot be used: {self.reason}. The checkpoint stands without a timestamp."
