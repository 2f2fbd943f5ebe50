"""What can go wrong with the file of a copy."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class ExportExists(LedgerError):
    """A file where an export was to be written."""

    path: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"There is something at {self.path} already, and it was left as it is. Name a file that is not there."


@dataclass(eq=False)
class ExportUnwritable(LedgerError):
    """An export that could not be written to its end."""

    path: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The export cannot be written to {self.path}: {self.reason}. Do not keep what may have been written."


@dataclass(eq=False)
class ExportUnreadable(LedgerError):
    """An export that could not be read to its end."""

    path: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The export {self.path} cannot be read: {self.reason}. Nothing was restored."


@dataclass(eq=False)
class PeopleThere(LedgerError):
    """A file of people beside the ledger to restore, where the export brings one too."""

    path: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The export holds people, and there are people already in {self.path}. Restore elsewhere, or move that file away."
