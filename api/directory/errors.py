"""What an import of listings refuses."""

from dataclasses import dataclass

from domain.errors import LedgerError, shown


@dataclass(eq=False)
class DirectoryShrunk(LedgerError):
    """A listing of the whole directory that names fewer than half of the subscriptions that are known."""

    known: int
    """Those of which anything stands that is of the kind that was listed."""
    named: int
    """How many of these it names."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"The listing names {self.named} of the {self.known} subscriptions that are known. "
            "List them again; if it is so, force it (forced: true)."
        )


@dataclass(eq=False)
class ListedElsewhere(LedgerError):
    """A listing of another subscription than the one that was said to be listed."""

    document: str
    subscription: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"{shown(self.document)} names other subscriptions than {shown(self.subscription)}, "
            "to which its inherited roles would be counted. Import it by itself, and say which one was listed."
        )
