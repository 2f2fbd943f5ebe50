"""The claims of a model as lines of its page: what each states, where it was read, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from api.pages.shown import WORDS
from api.pages.words.days import date_words, moment_words
from domain.dates import AnyDate, date_text
from domain.events import AnnouncementWithdrawn, Basis, ModelEvent, ModelListed, Position, RetirementAnnounced, StageEntered
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.claims import withdrawals_in_effect
from domain.rules.explanation import ExplainedClaim, Standing
from domain.rules.plan import stated_date
from domain.stages import PLANNED_STAGES
from domain.subjects import WHOLE, Scope
from domain.values import Source

RAW_MAX = 1000
"""Characters of a published row that are shown; the entry has all of them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a claim says."""

    what: str
    text: str
    raw: str = ""
    """As published, where it was written in another way."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One entry about the model."""

    position: Position
    announced_at: datetime
    recorded_at: datetime
    source: str
    """Empty for a withdrawal, which names none."""
    address: str
    """Where it was published, where that can be followed."""
    row: str
    """The row as published."""
    scope: Scope
    statements: Sequence[Statement]
    standing: Standing
    decides: Sequence[str]
    why: str
    reason: str
    """Why it was withdrawn, in the words of whoever withdrew it."""

    @property
    def backdated(self) -> bool:
        """Whether it was announced on an earlier day than this ledger recorded it."""
        return self.announced_at.date() < self.recorded_at.date()

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back by then."""
        return self.standing is Standing.WITHDRAWN


def claim_lines(explained: Sequence[ExplainedClaim], history: Sequence[Recorded], question: Question) -> Sequence[ClaimLine]:
    """Make the lines of an explanation: what was announced last stands first."""
    reasons = {event.claim: event.reason for _, event in withdrawals_in_effect(history, question.known_at)}
    lines = [_line(claim, reasons.get(claim.entry.position, "")) for claim in explained]
    return sorted(lines, key=lambda line: (line.announced_at, line.position), reverse=True)


def followed(address: str | None) -> str:
    """Return an address that a page may lead to: that of a web page, and of nothing else."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc else ""


def _line(claim: ExplainedClaim, reason: str) -> ClaimLine:
    entry = claim.entry
    event: ModelEvent = entry.event  # type: ignore[assignment]  # a model's stream holds nothing else
    source = _source_of(event)
    return ClaimLine(
        entry.position,
        event.announced_at,
        entry.recorded_at,
        source.name if source else "",
        followed(source.address) if source else "",
        _shortened(source.raw) if source and source.raw else "",
        WHOLE if isinstance(event, AnnouncementWithdrawn) else event.scope,
        list(_statements(event)),
        claim.standing,
        claim.decides,
        claim.why,
        reason,
    )


def _source_of(event: ModelEvent) -> Source | None:
    return None if isinstance(event, AnnouncementWithdrawn) else event.source


def _statements(event: ModelEvent) -> Iterable[Statement]:
    match event:
        case ModelListed():
            since = f" since {moment_words(event.since)}" if event.since else ""
            yield Statement("Listed", f"{WORDS[event.stage]}{since}", event.name)
        case RetirementAnnounced():
            yield from _announced(event)
        case AnnouncementWithdrawn():
            yield Statement("Withdraws", f"entry {event.claim}, by the {event.by}: {event.reason}")
        case StageEntered():
            by = "the provider said so" if event.basis is Basis.PROVIDER else "the planned date passed"
            yield Statement("Entered", f"{WORDS[event.stage]} on {moment_words(event.effective_at)}: {by}")


def _announced(event: RetirementAnnounced) -> Iterable[Statement]:
    for stage in PLANNED_STAGES:
        if date := stated_date(event, stage):
            yield Statement(WORDS[stage], date_words(date), _raw(date))
    if event.label:
        yield Statement("Label", WORDS[event.label])
    if event.replacements is not None:
        yield Statement("Replaced by", ", ".join(event.replacements) or "nothing")
    if event.notes:
        yield Statement("Notes", _shortened(event.notes))


def _raw(date: AnyDate) -> str:
    return _shortened(date.raw) if date.raw and date.raw != date_text(date) else ""


def _shortened(text: str) -> str:
    return text if len(text) <= RAW_MAX else f"{text[:RAW_MAX]}…"
