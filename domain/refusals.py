"""What the rules refuse: each reason with its data, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import LedgerError, shell_quoted, shown
from domain.events import Position
from domain.instants import format_instant
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey


@dataclass(eq=False)
class NoSuchModel(LedgerError):
    """The ledger holds nothing about a model of that name."""

    text: str
    nearest: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        hint = f" Did you mean {' or '.join(self.nearest)}?" if self.nearest else " The catalog lists the models that it knows."
        return f"This ledger holds no model {shown(self.text)}.{hint}"


@dataclass(eq=False)
class SeveralModels(LedgerError):
    """A part of a name that stands for more than one model."""

    text: str
    candidates: Sequence[str]
    more: int = 0
    """How many fit that are not among the candidates."""

    @property
    def sentence(self) -> str:
        several = ", ".join(self.candidates) + (f" and {self.more} more" if self.more else "")
        return f"{shown(self.text)} can mean {len(self.candidates) + self.more} models: {several}. Name one of them in full."


@dataclass(eq=False)
class AlreadyListed(LedgerError):
    """A listing of that model and scope stands already."""

    key: SubjectKey
    scope: Scope
    claim: Position

    @property
    def sentence(self) -> str:
        scope = f" ({self.scope})" if self.scope else ""
        return f"{self.key}{scope} is listed already, by claim {self.claim}. Withdraw that claim first if it is wrong."


@dataclass(eq=False)
class NamesMeet(LedgerError):
    """Two display names whose key form is the same."""

    name: str
    key: SubjectKey
    other: str

    @property
    def sentence(self) -> str:
        alias = shell_quoted(f"{self.name}={self.key.model}")
        return (
            f"{shown(self.name)} and {shown(self.other)} would both be filed as {self.key}. "
            f"If they are two models, give this one another key. If they are one, import it with --alias {alias} to say so."
        )


@dataclass(eq=False)
class AnnouncedInFuture(LedgerError):
    """An announcement dated later than now: nobody can have read it yet."""

    announced_at: datetime
    now: datetime

    @property
    def sentence(self) -> str:
        return (
            f"announced_at {format_instant(self.announced_at)} is in the future (now is {format_instant(self.now)}). "
            "Give the instant at which it was published; the dates that it announces may lie ahead."
        )


@dataclass(eq=False)
class NothingStated(LedgerError):
    """An announcement without a date, label or replacement."""

    key: SubjectKey

    @property
    def sentence(self) -> str:
        return f"The announcement about {self.key} states nothing. Give at least one date, a label or replacements."


@dataclass(eq=False)
class PlanOutOfOrder(LedgerError):
    """A plan in which a later stage begins before an earlier one."""

    key: SubjectKey
    first: Stage
    first_at: datetime
    second: Stage
    second_at: datetime

    @property
    def sentence(self) -> str:
        return (
            f"The plan of {self.key} would be {self.second} from {format_instant(self.second_at)}, before it is {self.first} from "
            f"{format_instant(self.first_at)}. Put the dates in the order legacy, deprecated, retired."
        )


@dataclass(eq=False)
class WindowTooShort(LedgerError):
    """A schedule that gives less time than the catalog's policy promises."""

    key: SubjectKey
    stage: Stage
    days: int
    required: int
    policy_version: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.key} would be {self.stage} for {self.days} days; policy version {self.policy_version} of {self.key.catalog} asks for "
            f"{self.required}: {self.required - self.days} days are missing. Move the date, or ask to have the breach recorded "
            "(on_policy_breach: record)."
        )


@dataclass(eq=False)
class ReplacesItself(LedgerError):
    """A model suggested as its own replacement."""

    key: SubjectKey

    @property
    def sentence(self) -> str:
        return f"{self.key} cannot replace itself. Name another model, or another version of it (catalog/model@version)."


@dataclass(eq=False)
class NoSuchClaim(LedgerError):
    """A position that is no claim about the model."""

    key: SubjectKey
    claim: Position
    open_claims: Sequence[Position]

    @property
    def sentence(self) -> str:
        known = ", ".join(map(str, self.open_claims)) or "none"
        return f"Entry {self.claim} is no claim about {self.key}. Its open claims are: {known} (see its history)."


@dataclass(eq=False)
class ClaimNotOpen(LedgerError):
    """A claim that was taken back before."""

    key: SubjectKey
    claim: Position

    @property
    def sentence(self) -> str:
        return f"Claim {self.claim} about {self.key} was withdrawn already. To restore it, withdraw its withdrawal."


@dataclass(eq=False)
class WithdrawnBeforeAnnounced(LedgerError):
    """A withdrawal dated before its claim."""

    key: SubjectKey
    claim: Position
    claim_announced_at: datetime

    @property
    def sentence(self) -> str:
        return (
            f"A provider cannot withdraw claim {self.claim} about {self.key} before it was announced, on "
            f"{format_instant(self.claim_announced_at)}. If it never was public, withdraw it by the recorder (by: recorder)."
        )


@dataclass(eq=False)
class OnlyRecorderRestores(LedgerError):
    """A provider taking back what the recorder withdrew."""

    key: SubjectKey
    claim: Position

    @property
    def sentence(self) -> str:
        return f"Entry {self.claim} about {self.key} is a recorder's withdrawal; only the recorder can take it back (by: recorder)."


@dataclass(eq=False)
class ReasonMissing(LedgerError):
    """A withdrawal that does not say why."""

    key: SubjectKey

    @property
    def sentence(self) -> str:
        return f"Say why the claim about {self.key} is withdrawn: the reason stays in the ledger."


@dataclass(eq=False)
class EdgeNotDue(LedgerError):
    """A scheduled stage that the plan does not enter at that instant, or not yet."""

    key: SubjectKey
    stage: Stage
    effective_at: datetime

    @property
    def sentence(self) -> str:
        return f"The plan of {self.key} does not enter {self.stage} at {format_instant(self.effective_at)}; nothing to confirm."


@dataclass(eq=False)
class PolicyNotNewer(LedgerError):
    """A policy version that the catalog has adopted, or passed, already."""

    catalog: str
    version: int
    adopted: int

    @property
    def sentence(self) -> str:
        return f"{self.catalog} has adopted policy version {self.adopted}; version {self.version} is not newer. Give the next number."


@dataclass(eq=False)
class PageOlder(LedgerError):
    """A reading older than the newest one of its source."""

    source: str
    seen_on: str
    newest: str

    @property
    def sentence(self) -> str:
        return (
            f"This page of {self.source} was seen on {self.seen_on}, and one of {self.newest} is recorded already: changes are judged "
            "page by page, in order. To replay older pages, put all of them into one folder, named by day (2024-11-22.md), "
            "and import the folder into a new ledger."
        )


@dataclass(eq=False)
class NotUnicode(LedgerError):
    """Text that is no Unicode, as a terminal of another encoding sends it."""

    command: str

    @property
    def sentence(self) -> str:
        return f"The command {self.command} holds text that is not Unicode. Write its names and notes in UTF-8."


@dataclass(eq=False)
class AsksTheFuture(LedgerError):
    """A question about what will be known or recorded."""

    axis: str
    asked: datetime
    latest: datetime

    @property
    def sentence(self) -> str:
        return (
            f"{self.axis} {format_instant(self.asked)} is in the future (now is {format_instant(self.latest)}): nobody knows it yet. "
            "Leave it out to ask about now; valid_at may lie ahead."
        )


@dataclass(eq=False)
class PositionAhead(LedgerError):
    """A position that the ledger has not reached."""

    position: Position
    head: Position

    @property
    def sentence(self) -> str:
        return f"The ledger has the positions 1 to {self.head}, and 0 for its beginning; there is no {self.position}."
