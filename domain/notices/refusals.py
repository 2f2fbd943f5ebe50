"""What a notification run refuses."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import LedgerError, shown
from domain.events import Position
from domain.instants import format_instant


@dataclass(eq=False)
class NoSuchRun(LedgerError):
    """There is no run of that name."""

    run: Position

    @property
    def sentence(self) -> str:
        return f"Entry {self.run} opens no notification run. The list of notices names those that there are."


@dataclass(eq=False)
class AudienceOvertaken(LedgerError):
    """A chunk of an audience that is not the next one: somebody else has recorded it, or the audience stands."""

    run: Position
    chunk: int
    expected: int | None
    """The next chunk; none where the audience is complete."""

    @property
    def sentence(self) -> str:
        state = "its audience is complete" if self.expected is None else f"chunk {self.expected} comes next"
        return f"Chunk {self.chunk} of the audience of run {self.run} cannot be recorded: {state}."


@dataclass(eq=False)
class AudienceOpen(LedgerError):
    """A run whose audience is not recorded yet."""

    run: Position

    @property
    def sentence(self) -> str:
        return f"Who has to be told in run {self.run} is not recorded completely yet. Try again when it is."


@dataclass(eq=False)
class NoSuchRecipient(LedgerError):
    """A number that no recipient of the run has."""

    run: Position
    recipient: int
    recipients: int

    @property
    def sentence(self) -> str:
        return f"Run {self.run} has no recipient {self.recipient}: its recipients are numbered from 1 to {self.recipients}."


@dataclass(eq=False)
class NoSuchMember(LedgerError):
    """Somebody who did not have to be told in a run."""

    run: Position
    person: str

    @property
    def sentence(self) -> str:
        return f"The audience of run {self.run} has nobody known as {shown(self.person)}. Ask by the opaque id that the audit shows."


@dataclass(eq=False)
class RunClosed(LedgerError):
    """A run that is closed takes nothing but what bounces late."""

    run: Position

    @property
    def sentence(self) -> str:
        return f"Run {self.run} is closed; only bounces can be recorded still."


@dataclass(eq=False)
class RunIncomplete(LedgerError):
    """A run that cannot be closed: somebody is not accounted for."""

    run: Position
    expected: int
    accepted: int
    failed: int
    excluded: int

    @property
    def sentence(self) -> str:
        left = self.expected - self.accepted - self.failed - self.excluded
        return (
            f"Run {self.run} cannot be closed: of {self.expected} expected, {self.accepted} were accepted, {self.failed} failed and "
            f"{self.excluded} are excluded; {left} are not accounted for. Deliver to them, or report their deliveries."
        )


@dataclass(eq=False)
class DeliveryAtNoTime(LedgerError):
    """A delivery at an instant at which it cannot have been: ahead of now, or, where the ledger sent it, before its run was opened."""

    run: Position
    at: datetime
    earliest: datetime | None
    latest: datetime

    @property
    def sentence(self) -> str:
        after = f"before {format_instant(self.earliest)} or " if self.earliest else ""
        at, latest = format_instant(self.at), format_instant(self.latest)
        return f"Nothing can have been delivered for run {self.run} at {at}: not {after}after {latest}."


@dataclass(eq=False)
class NothingReported(LedgerError):
    """A report without an outcome."""

    run: Position

    @property
    def sentence(self) -> str:
        return f"The report about run {self.run} holds no delivery. Name at least one recipient with its result."
