"""What can go wrong with a copy of a ledger."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class ExportInvalid(LedgerError):
    """A file that is no whole export of a ledger, as it was written."""

    line: int
    reason: str

    @property
    def sentence(self) -> str:
        return f"Line {self.line} of the export cannot be taken: {self.reason}. Nothing was restored; use another copy."


@dataclass(eq=False)
class NotExportable(LedgerError):
    """A ledger that does not agree with itself: a copy of it could not be restored."""

    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"The ledger does not agree with itself: {self.reason}. Nothing is exported. Keep its file as it is, and run lifecycle verify."
        )


@dataclass(eq=False)
class LedgerNotEmpty(LedgerError):
    """A ledger that holds something already, where one is to be restored."""

    path: str

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} holds something already. Restore into a new one: name a file that is not there."
