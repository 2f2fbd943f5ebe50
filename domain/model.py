"""The aggregate: what the decisions need to know of one model's history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import assert_never, cast

from domain.events import AnnouncementWithdrawn, Basis, ModelEvent, ModelListed, Position, RetirementAnnounced, StageEntered
from domain.recorded import Recorded
from domain.rules.claims import Claim, announcements_by, claims_at, deciding, misread, narrowness, of_one_page, taken_back
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey

ConfirmedEdge = tuple[Scope, Stage, datetime]


@dataclass(frozen=True, slots=True)
class Model:
    """A model as its history has made it."""

    key: SubjectKey
    history: tuple[Recorded, ...] = ()
    confirmed: frozenset[ConfirmedEdge] = frozenset()
    """Scheduled stages that the ledger's clock has recorded."""

    @property
    def version(self) -> int:
        """The last version of its stream; 0 before anything was recorded."""
        return self.history[-1].version if self.history else 0

    def entry(self, position: Position) -> Recorded | None:
        """Return the entry at a position, if it is one of this model's."""
        return next((entry for entry in self.history if entry.position == position), None)

    def open_claims(self, now: datetime) -> Sequence[Position]:
        """Return the positions of what can be withdrawn: claims and withdrawals that stand."""
        gone = taken_back(self.history, now)
        return [entry.position for entry in self.history if entry.position not in gone]

    def names(self, now: datetime) -> frozenset[str]:
        """Return the display names under which it was listed; those that were misread are none of its names."""
        wrong = misread(self.history, now)
        return frozenset(e.event.name for e in self.history if isinstance(e.event, ModelListed) and e.position not in wrong)

    def listing_of(self, scope: Scope, now: datetime) -> Claim[ModelListed] | None:
        """Return the listing in force that holds for a scope: the most specific, then latest, one."""
        listings = claims_at(self.history, scope, now).listings
        return deciding(listings, lambda event: event, narrowness(listings))

    def announcements_by(self, source: str, now: datetime) -> Sequence[Claim[RetirementAnnounced]]:
        """Return a source's standing announcements about any scope, in order of authority."""
        return announcements_by(self.history, source, now)


def evolve(model: Model, entry: Recorded) -> Model:
    """Take in what one event of its history means to it. It has happened, so nothing is refused here."""
    event = cast("ModelEvent", entry.event)
    match event:
        case StageEntered() if event.basis is Basis.SCHEDULE:
            edge = (event.scope, event.stage, event.effective_at)
            return replace(model, confirmed=model.confirmed | {edge})
        case ModelListed() | RetirementAnnounced() | AnnouncementWithdrawn() | StageEntered():
            return model
        case _:
            assert_never(event)


def fold(key: SubjectKey, history: Sequence[Recorded]) -> Model:
    """Make the model from its history."""
    return reduce(evolve, history, Model(key, tuple(history)))


def last_words(claims: Sequence[Claim[RetirementAnnounced]], scope: Scope) -> Sequence[Claim[RetirementAnnounced]]:
    """Return what a source said last about exactly this scope: one claim, or several where rows of one document disagreed."""
    said = [claim for claim in claims if claim.event.scope == scope]
    return [claim for claim in said if claim is said[-1] or of_one_page(claim, said[-1])]
