"""Which events count, seen from one point of knowledge, and in which order of authority."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeGuard, TypeVar

from domain.events import AnnouncementWithdrawn, Basis, Event, ModelListed, Position, RetirementAnnounced, StageEntered, WithdrawnBy
from domain.recorded import Recorded
from domain.subjects import Scope

ClaimEvent = ModelListed | RetirementAnnounced | StageEntered
E = TypeVar("E", bound=ClaimEvent)
E_co = TypeVar("E_co", bound=ClaimEvent, covariant=True)
V = TypeVar("V")
Authority = tuple[datetime, Position]
"""Announced later has more authority; on one instant, recorded later."""


@dataclass(frozen=True, slots=True)
class Claim(Generic[E_co]):
    """A statement about a model, with its place in the ledger."""

    event: E_co
    entry: Recorded
    authority: Authority
    source: str

    @property
    def position(self) -> Position:
        """The claim's name in this ledger."""
        return self.entry.position

    @property
    def backdated(self) -> bool:
        """Whether it was announced on an earlier day than this ledger recorded it."""
        return self.event.announced_at.date() < self.entry.recorded_at.date()


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims that count for one question, each kind in order of authority."""

    listings: Sequence[Claim[ModelListed]] = ()
    announcements: Sequence[Claim[RetirementAnnounced]] = ()
    transitions: Sequence[Claim[StageEntered]] = ()
    """Stages that the provider said were entered; those that the ledger's clock recorded only confirm the plan."""
    narrower: frozenset[Scope] = field(default=frozenset())
    """Scopes of claims that are about part of what the question is about."""
    first_known_at: datetime | None = None
    """Where nothing counts: when the first claim of this scope was announced, if there is one."""

    @property
    def any(self) -> bool:
        """Whether anything at all was known."""
        return bool(self.listings or self.announcements or self.transitions)


def taken_back(history: Sequence[Recorded], known_at: datetime) -> frozenset[Position]:
    """Return the positions that a withdrawal in effect takes back.

    A provider's withdrawal is in effect from its announcement on, a recorder's at every point of knowledge. A withdrawal can be
    taken back by a later one, so they are read from the last to the first.
    """
    return frozenset(event.claim for _, event in withdrawals_in_effect(history, known_at))


def misread(history: Sequence[Recorded], known_at: datetime) -> frozenset[Position]:
    """Return the positions that a recorder took back: they never were public."""
    return frozenset(event.claim for _, event in withdrawals_in_effect(history, known_at) if event.by is WithdrawnBy.RECORDER)


def withdrawals_in_effect(history: Sequence[Recorded], known_at: datetime) -> Sequence[tuple[Position, AnnouncementWithdrawn]]:
    """Return the withdrawals that nothing takes back, with their positions, the last one first."""
    gone: set[Position] = set()
    found: list[tuple[Position, AnnouncementWithdrawn]] = []
    for entry in reversed(history):
        event = entry.event
        if not isinstance(event, AnnouncementWithdrawn) or entry.position in gone or event.claim >= entry.position:
            continue
        if event.by is WithdrawnBy.RECORDER or event.announced_at <= known_at:
            gone.add(event.claim)
            found.append((entry.position, event))
    return found


def claims_at(history: Sequence[Recorded], scope: Scope, known_at: datetime) -> Claims:
    """Select, from a subject's whole history, what counts for a question about a scope at a point of knowledge."""
    gone = taken_back(history, known_at)
    listings: list[Claim[ModelListed]] = []
    announcements: list[Claim[RetirementAnnounced]] = []
    transitions: list[Claim[StageEntered]] = []
    narrower: set[Scope] = set()
    for entry in history:
        event = entry.event
        if not is_claim(event) or entry.position in gone or event.announced_at > known_at:
            continue
        if not event.scope.holds_for(scope):
            if event.scope.meets(scope):
                narrower.add(event.scope)
        elif isinstance(event, RetirementAnnounced):
            announcements.append(_claim(event, entry))
        elif isinstance(event, ModelListed):
            listings.append(_claim(event, entry))
        else:
            transitions.append(_claim(event, entry))
    for found in (listings, announcements, transitions):
        found.sort(key=_authority)
    known = listings or announcements or transitions
    return Claims(listings, announcements, transitions, frozenset(narrower), None if known else _first_known(history, scope, known_at))


def announcements_by(history: Sequence[Recorded], source: str, known_at: datetime) -> Sequence[Claim[RetirementAnnounced]]:
    """Return a source's standing announcements about any scope, in order of authority."""
    gone = taken_back(history, known_at)
    found = [
        _claim(entry.event, entry)
        for entry in history
        if isinstance(entry.event, RetirementAnnounced) and entry.event.source.name == source and entry.position not in gone
    ]
    return sorted(found, key=_authority)


def of_one_page(claim: Claim[RetirementAnnounced], other: Claim[RetirementAnnounced]) -> bool:
    """Tell whether two claims were read from one document on one day: rows that may disagree, and neither is later."""
    if claim.event.announced_at != other.event.announced_at:
        return False
    document = claim.event.source.document
    return document is not None and document == other.event.source.document


def _claim(event: E, entry: Recorded) -> Claim[E]:
    return Claim(event, entry, (event.announced_at, entry.position), event.source.name)


def _authority(claim: Claim[ClaimEvent]) -> Authority:
    return claim.authority


def _first_known(history: Sequence[Recorded], scope: Scope, known_at: datetime) -> datetime | None:
    never_public = misread(history, known_at)
    announced = (
        entry.event.announced_at
        for entry in history
        if is_claim(entry.event) and entry.position not in never_public and entry.event.scope.holds_for(scope)
    )
    return min(announced, default=None)


def is_claim(event: Event) -> TypeGuard[ClaimEvent]:
    """Tell whether an event states something about a model. What the ledger's clock recorded states nothing new."""
    if isinstance(event, StageEntered):
        return event.basis is not Basis.SCHEDULE
    return isinstance(event, (RetirementAnnounced, ModelListed))


def narrowness(claims: Iterable[Claim[E]]) -> int:
    """Return how many keys the narrowest scope among claims names."""
    return max((len(claim.event.scope) for claim in claims), default=0)


def deciding(claims: Sequence[Claim[E]], stated: Callable[[E], V | None], narrowest: int) -> Claim[E] | None:
    """Return the most specific, then latest, claim that states something; none is narrower than `narrowest`."""
    best: Claim[E] | None = None
    for claim in reversed(claims):
        if stated(claim.event) is not None and (best is None or len(claim.event.scope) > len(best.event.scope)):
            best = claim
            if len(claim.event.scope) == narrowest:
                break
    return best
