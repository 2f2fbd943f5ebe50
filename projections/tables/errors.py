"""What can go wrong with the file of the views. The ledger itself is not touched by any of it."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class ViewsFault(LedgerError):
    """The views' database could not do what it was asked."""

    path: str

    @property
    def sentence(self) -> str:
        raise NotImplementedError


@dataclass(eq=False)
class NotViews(ViewsFault):
    """A file that is something else. It was left as it is."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.path} holds no views of a ledger: {self.reason}. Move it away, and they are made anew; it was left as it is."


@dataclass(eq=False)
class ViewsNotBuilt(ViewsFault):
    """There is nothing to read in the file."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The views {self.path} are not built: {self.reason}. `lifecycle rebuild` builds them."


@dataclass(eq=False)
class ViewsUnreachable(ViewsFault):
    """The file cannot be opened."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The views {self.path} cannot be opened: {self.reason}."


@dataclass(eq=False)
class ViewsLocked(ViewsFault):
    """Another process held the file for too long."""

    @property
    def sentence(self) -> str:
        return f"The views {self.path} are locked by another process. Try again, or find and end the one that holds them."


@dataclass(eq=False)
class ViewsFailed(ViewsFault):
    """The database failed in a way that has no name here."""

    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"The database of the views {self.path} failed: {self.reason}. "
            "Check the disk; if the file is damaged, delete it, and `lifecycle rebuild` makes it anew."
        )


@dataclass(eq=False)
class RebuildOvertaken(ViewsFault):
    """Another rebuild began while this one ran, and goes on in its place."""

    @property
    def sentence(self) -> str:
        return f"Another rebuild of the views {self.path} has begun since, and goes on; this one was left. Wait for the other to end."
