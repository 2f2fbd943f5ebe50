"""What a model's page shows: one answer with all that it stands on, read at one position of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from api.pages.figures.bands import Band, Floor
from api.pages.figures.knowledge import KnowledgeStrip
from api.pages.model.beliefs import MOMENTS_MAX, bands_of, beliefs_of, floors_of, moments_of
from api.pages.model.chain import Step, chain_of
from api.pages.model.claims import ClaimLine, claim_lines
from domain.events import AnnouncementWithdrawn, ModelListed, PolicyAdopted
from domain.recorded import Recorded
from domain.rules.access import Operation, allows
from domain.rules.answers import Question, StageAnswer
from domain.rules.explanation import explain
from domain.rules.questions import Histories, answer, policy_of, timeline_of
from domain.stages import Stage
from domain.streams import model_stream, policy_stream
from domain.subjects import Scope

CLAIMS_OPEN = 12
"""The newest claims, which are shown at once; the others are folded."""
CLAIMS_MAX = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """How a model was listed as known; where its listing was not known yet, as it was listed later."""

    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class Part:
    """A narrower scope in which the claims differ."""

    scope: Scope
    answer: StageAnswer
    bands: Sequence[Band]
    floors: Sequence[Floor]
    edges: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model at one point on the three clocks."""

    question: Question
    answer: StageAnswer
    policy: PolicyAdopted | None
    listed: Listed | None
    bands: Sequence[Band]
    floors: Sequence[Floor]
    edges: Sequence[datetime]
    """When in the world its answer, or that of a part, changes, as known."""
    parts: Sequence[Part]
    moments: Sequence[datetime]
    """When something about it became known."""
    beliefs: Sequence[KnowledgeStrip]
    claims: Sequence[ClaimLine]
    """What was announced last stands first."""
    left_out: int
    """How many claims are only told to machines."""
    chain: Sequence[Step]
    policies: Mapping[int, PolicyAdopted]
    """The rules of the catalog that were known, by their version."""

    @property
    def newest(self) -> Sequence[ClaimLine]:
        """The claims that are shown at once."""
        return self.claims[:CLAIMS_OPEN]

    @property
    def older(self) -> Sequence[ClaimLine]:
        """The claims that are folded."""
        return self.claims[CLAIMS_OPEN:]

    @property
    def unseen_moments(self) -> int:
        """How many moments of knowledge are too far from the question's to be shown."""
        return max(0, len(self.moments) - MOMENTS_MAX)

    @property
    def creates(self) -> bool | None:
        """Whether new deployments can be made; none where there is no stage."""
        return self._allows(Operation.CREATE)

    @property
    def invokes(self) -> bool | None:
        """Whether existing deployments answer; none where there is no stage."""
        return self._allows(Operation.INVOKE)

    def _allows(self, operation: Operation) -> bool | None:
        stage: Stage | None = self.answer.stage
        return None if stage is None else allows(stage, operation, self.policy)


def model_view(histories: Histories, question: Question, now: datetime) -> ModelView:
    """Read what a page shows. Blocking: it reads the model's whole history, and those that its replacements lead to."""
    kept = cache(histories)
    history = kept(model_stream(question.key))
    timeline = timeline_of(kept, question)
    found = answer(kept, question)
    parts = [_part(kept, replace(question, scope=scope), narrower) for scope, narrower in found.by_scope.items()]
    return ModelView(
        question=question,
        answer=found,
        policy=policy_of(kept, question),
        listed=_listed(history, timeline.listing.event if timeline.listing else None),
        bands=bands_of(timeline),
        floors=floors_of(timeline),
        edges=sorted({*timeline.edges, *(at for part in parts for at in part.edges)}),
        parts=parts,
        moments=moments_of(history),
        beliefs=beliefs_of(history, question, now),
        claims=claim_lines(explain(_newest(history), timeline, question), history, question)[:CLAIMS_MAX],
        left_out=max(0, len(history) - CLAIMS_MAX),
        chain=chain_of(kept, question, found.replacements),
        policies=_by_version(kept(policy_stream(question.key.catalog)), question.known_at),
    )


def _part(histories: Histories, question: Question, found: StageAnswer) -> Part:
    timeline = timeline_of(histories, question)
    return Part(question.scope, found, bands_of(timeline), floors_of(timeline), timeline.edges)


def _newest(history: Sequence[Recorded]) -> Sequence[Recorded]:
    """Return what was announced last, and all withdrawals: without them, what they take back would seem to count."""
    by_age = sorted(history, key=lambda entry: (entry.event.announced_at, entry.position))  # type: ignore[attr-defined]  # as a model's
    shown = {entry.position for entry in by_age[-CLAIMS_MAX:]}
    return [entry for entry in history if entry.position in shown or isinstance(entry.event, AnnouncementWithdrawn)]


def _listed(history: Sequence[Recorded], listing: ModelListed | None) -> Listed | None:
    named = [entry.event for entry in history if isinstance(entry.event, ModelListed)]
    event = listing or (named[-1] if named else None)
    return Listed(event.name, event.provider or "") if event else None


def _by_version(entries: Sequence[Recorded], known_at: datetime) -> Mapping[int, PolicyAdopted]:
    events = (entry.event for entry in entries)
    return {event.version: event for event in events if isinstance(event, PolicyAdopted) and event.announced_at <= known_at}
