"""Why a whole directory file is refused. A row that cannot be read is no error: it is found as `Unreadable`.

No sentence shows what a file holds, other than the headers of a table: it could be a person's name or address.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import LedgerError, shown


@dataclass(eq=False)
class DirectoryFileError(LedgerError):
    """A file that cannot be read at all, or no further."""

    document: str
    """The file's name, as the reader was given it."""


@dataclass(eq=False)
class BrokenJson(DirectoryFileError):
    """JSON that ends too early, or is none from some place on."""

    line: int
    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"{shown(self.document)} is broken at line {self.line}: {self.reason}. Check that it was saved completely, or print it again."
        )


@dataclass(eq=False)
class FileTooLarge(DirectoryFileError):
    """More bytes than are read of one JSON file."""

    bytes_max: int

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} is larger than {self.bytes_max:,} bytes. List each subscription into a file of its own, or use CSV."


@dataclass(eq=False)
class ListingEmpty(DirectoryFileError):
    """A list without any element: of what, it does not say."""

    @property
    def sentence(self) -> str:
        return (
            f"{shown(self.document)} is an empty list. Say whether of roles or of deployments, or print it again if it should not be empty."
        )


@dataclass(eq=False)
class ListingOfOtherKind(DirectoryFileError):
    """A listing of deployments where one of roles was asked for, or the other way round."""

    found: str
    expected: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.document)} lists {self.found}, and {self.expected} were asked for. Choose another file, or ask for these."


@dataclass(eq=False)
class HeaderNotUnderstood(DirectoryFileError):
    """A table whose header does not say what its columns mean."""

    line: int
    reason: str
    expected: Sequence[str]
    """Headers of the tables that are read."""

    @property
    def sentence(self) -> str:
        headers = "; or ".join(self.expected)
        return f"The table in {shown(self.document)} is not understood, line {self.line}: {self.reason}. Give it the header: {headers}."
