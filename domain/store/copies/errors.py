"""What can go wrong with moving a ledger from one store to another."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class CopyDiffers(LedgerError):
    """The target is not the beginning of the source."""

    source: str
    target: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"{self.target} is not the beginning of {self.source}: {self.reason}. Nothing more was copied. "
            "Name a new target, and run lifecycle verify on both if you did not expect this."
        )


@dataclass(eq=False)
class CopySameLedger(LedgerError):
    """The source and the target are one."""

    path: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.path} cannot be copied to itself; name another target."
