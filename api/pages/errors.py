"""What pages refuse by themselves."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class NoSuchPage(LedgerError):
    """Nothing stands at an address."""

    path: str

    @property
    def sentence(self) -> str:
        """Say so."""
        return f"There is no page at {self.path[:200]}."


@dataclass(eq=False)
class FieldUnusable(LedgerError):
    """A field of a page's form, or a part of its address, cannot be read."""

    field: str
    value: str
    why: str

    @property
    def sentence(self) -> str:
        """Name the field, and say what it takes."""
        return f"{self.field} = {self.value[:80]!r} cannot be used: {self.why.removesuffix('.')}."
