"""What the store refuses, and what can go wrong beneath it."""

from dataclasses import dataclass

from domain.errors import LedgerError, shown


@dataclass(eq=False)
class StaleVersion(LedgerError):
    """The stream has moved on since the caller looked."""

    stream: str
    expected: int
    actual: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.stream} is at version {self.actual}, not {self.expected}. "
            "Read it again, and repeat the command if it still makes sense."
        )


@dataclass(eq=False)
class CommandKeyReused(LedgerError):
    """A command key that was used for another command."""

    key: str

    @property
    def sentence(self) -> str:
        return f"The command key {shown(self.key)} was used for another command. Send this one under a new key."


@dataclass(eq=False)
class UnreadableEvent(LedgerError):
    """A stored event that this version of the software cannot read, or that was damaged."""

    position: int
    stream: str
    topic: str
    reason: str

    @property
    def sentence(self) -> str:
        return (
            f"Entry {self.position} ({shown(self.topic)} in {shown(self.stream)}) cannot be read: {self.reason}. "
            "Use the version that wrote it, or restore the ledger from a copy."
        )


@dataclass(eq=False)
class UnwritableEvent(LedgerError):
    """An event that could not be read back, and so is not written."""

    topic: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"{shown(self.topic)} cannot be stored: {self.reason}."


@dataclass(eq=False)
class StoreClosed(LedgerError):
    """The store was closed before."""

    @property
    def sentence(self) -> str:
        return "The ledger is closed. Open it again to go on."


@dataclass(eq=False)
class OutcomeUnknown(LedgerError):
    """The one error after which something may have been written: the database did not say, several times over."""

    key: str
    reason: str
    """What the database said last, as a sentence."""

    @property
    def sentence(self) -> str:
        return (
            f"Whether the command {shown(self.key)} was carried out is not known. {self.reason} "
            "Send it again under the same key: it is carried out once, and you get the first answer."
        )


@dataclass(eq=False)
class StoreFault(LedgerError):
    """The database could not do what it was asked. Nothing was written."""

    path: str

    @property
    def sentence(self) -> str:
        raise NotImplementedError


@dataclass(eq=False)
class StoreUnreachable(StoreFault):
    """There is no database where one was expected, or it cannot be opened."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} cannot be opened: {self.reason}."


@dataclass(eq=False)
class NotALedger(StoreFault):
    """A file that is something else. It was left as it is."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.path} is not a ledger: {self.reason}. Name another file; this one was left as it is."


@dataclass(eq=False)
class NewerSchema(StoreFault):
    """A ledger that a later version of the software wrote."""

    version: int
    known: int

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} has schema version {self.version}; this software knows up to {self.known}. Upgrade the software."


@dataclass(eq=False)
class OlderSchema(StoreFault):
    """A ledger that an earlier version of the software wrote, and that has to be upgraded before more is written."""

    version: int
    wanted: int

    @property
    def sentence(self) -> str:
        return (
            f"The ledger {self.path} has schema version {self.version}, and this software writes {self.wanted}. "
            "Copy the file, then run lifecycle db upgrade."
        )


@dataclass(eq=False)
class StoreReadOnly(StoreFault):
    """A write to a ledger that can only be read."""

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} can only be read here. Open it read-only, or give write permission to the file and its folder."


@dataclass(eq=False)
class StoreLocked(StoreFault):
    """Another process held the database for too long."""

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} is locked by another process. Try again, or find and end the one that holds it."


@dataclass(eq=False)
class DiskFull(StoreFault):
    """There is no room for more."""

    @property
    def sentence(self) -> str:
        return f"There is no room to write to the ledger {self.path}. Make room, then send the command again."


@dataclass(eq=False)
class StoreDamaged(StoreFault):
    """The database's own structure is broken."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The ledger {self.path} is damaged: {self.reason}. Stop writing to it, keep the file, and restore a copy."


@dataclass(eq=False)
class StoreFailed(StoreFault):
    """The database failed in a way that has no name here."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The database of the ledger {self.path} failed: {self.reason}. Check the disk and the log, then try again."
