"""The outcome of a check: what an announcement would change, what the rules say to that, and who would be told what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_urlsafe

from markupsafe import Markup

from api.http.service import Service
from api.notices.preview import Preview, preview
from api.pages.figures.bands import Band, Floor, axis_svg, bands_svg
from api.pages.figures.scale import Scale
from api.pages.model.beliefs import bands_of, floors_of
from api.pages.words.days import moment_words
from api.pages.words.findings import finding_html
from api.pages.words.sentence import sentence_html
from domain.commands import Announce, OnPolicyBreach
from domain.events import Position
from domain.recorded import Recorded
from domain.refusals import WindowTooShort
from domain.rehearsal import Rehearsal, Told, rehearse
from domain.rules.answers import Finding, Status
from domain.rules.questions import Histories, timeline_of
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey

WIDTH, HEIGHT = 640, 22
MARGIN, SPAN_MAX = timedelta(days=45), timedelta(days=365 * 6)
KEY_START = "form:"
_KEY_BYTES = 18


@dataclass(frozen=True, slots=True)
class Life:
    """A model's life, as announced up to now or with what would be."""

    sentence: Markup
    bands: Sequence[Band]
    floors: Sequence[Floor]

    def entry(self, stage: Stage | Status) -> str:
        """Tell from when on a stage holds."""
        band = next((band for band in self.bands if band.status is stage), None)
        if band is not None:
            return moment_words(band.begin) if band.begin else "from the beginning"
        floor = next((floor for floor in self.floors if floor.stage is stage), None)
        return f"not before {moment_words(floor.at)}" if floor else "none"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would happen."""

    key: SubjectKey
    before: Life
    after: Life
    scale: Scale
    now: datetime
    new: Sequence[Markup]
    """Findings that the announcement would bring."""
    gone: Sequence[Markup]
    """Findings that it would settle."""
    standing: Sequence[Markup]
    notices: Sequence[Preview]
    version: int
    """The model's version that was seen: what has moved on since is not recorded over."""
    position: Position
    refused: bool
    """Whether it cannot be recorded as it stands: its windows are too short."""
    command_key: str
    """Under it, it is recorded once."""

    @property
    def stages(self) -> Sequence[tuple[Stage, str, str]]:
        """The stages with their beginnings, before and after."""
        told = ((stage, self.before.entry(stage), self.after.entry(stage)) for stage in Stage)
        return [(stage, before, after) for stage, before, after in told if (before, after) != ("none", "none")]

    def figure(self, life: Life) -> Markup:
        """Draw a life."""
        return bands_svg(life.bands, self.scale, today=self.now, floors=life.floors, height=HEIGHT)

    @property
    def axis(self) -> Markup:
        """Draw the years under both."""
        return axis_svg(self.scale)


def check(service: Service, command: Announce, subject: tuple[SubjectKey, Scope]) -> tuple[Outcome, WindowTooShort | None]:
    """Rehearse an announcement. What only the policy refuses is shown as it would be if the breach were recorded. Blocking.

    Raises:
        LedgerError: the rules refuse it, whatever the policy.
    """
    key, scope = subject
    try:
        return _outcome(service, rehearse(service.sender_ledger, command, key, scope), refused=False), None
    except WindowTooShort as short:
        breaching = replace(command, on_policy_breach=OnPolicyBreach.RECORD)
        return _outcome(service, rehearse(service.sender_ledger, breaching, key, scope), refused=True), short


def _outcome(service: Service, found: Rehearsal, *, refused: bool) -> Outcome:
    assert found.before is not None, "a model that is announced about is known"  # noqa: S101
    key, earlier = found.after.question.key, service.ledger.histories(found.before.question.position)
    stream = model_stream(key)

    def later(name: str) -> Sequence[Recorded]:
        return found.history if name == stream else earlier(name)

    before, after = _life(found.before, earlier), _life(found.after, later)
    old, new = found.before.answer.findings, found.new_findings()
    left = [finding for finding in old if finding not in found.after.answer.findings]
    return Outcome(
        key=key,
        before=before,
        after=after,
        scale=_scale(found.after.question.valid_at, before, after),
        now=found.after.question.valid_at,
        new=_words(new, found.after),
        gone=_words(left, found.before),
        standing=_words([finding for finding in old if finding not in left], found.before),
        notices=[preview(service.office, opened, found.history) for opened in found.opened],
        version=found.receipt.version - len(found.receipt.positions),
        position=found.before.question.position,
        refused=refused,
        command_key=f"{KEY_START}{token_urlsafe(_KEY_BYTES)}",
    )


def _life(told: Told, histories: Histories) -> Life:
    timeline = timeline_of(histories, told.question)
    return Life(sentence_html(told.question, told.answer, told.policy), bands_of(timeline), floors_of(timeline))


def _words(findings: Sequence[Finding], told: Told) -> Sequence[Markup]:
    return [finding_html(finding, told.policy) for finding in findings]


def _scale(now: datetime, *lives: Life) -> Scale:
    instants = [now, *(band.begin for life in lives for band in life.bands if band.begin), *(f.at for life in lives for f in life.floors)]
    near = [at for at in instants if abs(at - now) <= SPAN_MAX]
    return Scale(min(near) - MARGIN, max(near) + MARGIN, WIDTH)
