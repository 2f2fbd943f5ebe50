"""Findings: what is odd about the claims behind an answer. They are told, and change nothing."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from domain.answers import Finding, FindingCode
from domain.claims import Claim, ClaimEvent, Claims, of_one_page
from domain.dates import AnyDate, FirmDate, Precision, WithdrawnDate, date_text
from domain.events import RetirementAnnounced
from domain.facts import IgnoredLabel
from domain.instants import format_instant
from domain.plan import Announcement, Plan, Planned, stated_date
from domain.policy import policy_in_force, required_days
from domain.recorded import Recorded
from domain.stages import Stage


def plan_findings(
    claims: Claims, plan: Plan, listed_since: datetime | None, policies: Sequence[Recorded], known_at: datetime
) -> Iterable[Finding]:
    """Tell what is odd about the plan as known, whatever the time asked about."""
    yield from _windows(plan, policies, known_at)
    for planned in plan.stages:
        yield from _late_announcement(claims, planned)
        yield from _moved_earlier(claims, planned)
        yield from _conflict(claims, planned.claim, planned.stage, partial(_date_meaning, stage=planned.stage))
        if not isinstance(planned.date, WithdrawnDate) and planned.date.value.precision is Precision.MONTH:
            yield Finding(FindingCode.IMPRECISE_DATE, {"stage": planned.stage})
    if plan.replaced_by:
        yield from _conflict(claims, plan.replaced_by, "replacements", _replacement_meaning)
    if listed_since is None:
        yield Finding(FindingCode.LISTING_DATE_UNKNOWN)


def _windows(plan: Plan, policies: Sequence[Recorded], known_at: datetime) -> Iterable[Finding]:
    legacy, deprecated, retired = plan.of(Stage.LEGACY), plan.of(Stage.DEPRECATED), plan.of(Stage.RETIRED)
    if deprecated and deprecated.firm_at:
        if legacy and legacy.firm_at:
            yield from _window(FindingCode.LEGACY_WINDOW_SHORT, legacy, deprecated, policies, known_at)
        elif policy := policy_in_force(policies, deprecated.claim.event.announced_at, known_at):
            yield Finding(FindingCode.LEGACY_SKIPPED, {"policy_version": policy.version})
    if deprecated and retired:
        yield from _window(FindingCode.DEPRECATED_WINDOW_SHORT, deprecated, retired, policies, known_at)


def _window(code: FindingCode, first: Planned, second: Planned, policies: Sequence[Recorded], known_at: datetime) -> Iterable[Finding]:
    if first.firm_at is None or second.firm_at is None:
        return
    announced_at = max(first.claim.event.announced_at, second.claim.event.announced_at)
    policy = policy_in_force(policies, announced_at, known_at)
    if policy is None:
        return
    required = required_days(policy, first.stage)
    days = (second.firm_at.date() - first.firm_at.date()).days
    if days < required:
        yield Finding(code, {"days": days, "required": required, "policy_version": policy.version})


def _late_announcement(claims: Claims, planned: Planned) -> Iterable[Finding]:
    if planned.firm_at is None:
        return
    first = min(c.event.announced_at for c in claims.announcements if _firm_at(c, planned.stage) == planned.firm_at)
    if first > planned.firm_at:
        details = {"stage": planned.stage, "effective_at": format_instant(planned.firm_at), "announced_at": format_instant(first)}
        yield Finding(FindingCode.ANNOUNCED_AFTER_EFFECTIVE, details)


def _firm_at(claim: Announcement, stage: Stage) -> datetime | None:
    date = stated_date(claim.event, stage)
    return date.at if isinstance(date, FirmDate) else None


def _moved_earlier(claims: Claims, planned: Planned) -> Iterable[Finding]:
    if not isinstance(planned.date, FirmDate):
        return
    before = [c for c in claims.announcements if c.authority < planned.claim.authority and _same_voice(c, planned.claim)]
    said = (stated_date(claim.event, planned.stage) for claim in reversed(before))
    last = next((date for date in said if date is not None and not _means_the_same(date, planned.date)), None)
    if isinstance(last, FirmDate) and last.at > planned.date.at:
        days = (last.at.date() - planned.date.at.date()).days
        details = {"stage": planned.stage, "from": last.value.text, "to": planned.date.value.text, "days": days}
        yield Finding(FindingCode.DATE_MOVED_EARLIER, details)


def _same_voice(claim: Announcement, other: Announcement) -> bool:
    return claim.source == other.source and claim.event.scope == other.event.scope


Meaning = tuple[object, str]
"""What is compared, and how it is written."""


def _meaning(date: AnyDate | None) -> Meaning | None:
    if date is None:
        return None
    if isinstance(date, WithdrawnDate):
        return "withdrawn", date_text(date)
    return (date.kind, date.at), date_text(date)


def _date_meaning(event: RetirementAnnounced, stage: Stage) -> Meaning | None:
    return _meaning(stated_date(event, stage))


def _means_the_same(date: AnyDate, other: FirmDate) -> bool:
    return isinstance(date, FirmDate) and date.at == other.at


def _replacement_meaning(event: RetirementAnnounced) -> Meaning | None:
    return None if event.replacements is None else (event.replacements, ", ".join(event.replacements))


def _conflict(
    claims: Claims, decider: Announcement, field: str, meaning: Callable[[RetirementAnnounced], Meaning | None]
) -> Iterable[Finding]:
    """Compare the sources' last words about a field, and rows of one document that disagree."""
    if len(claims.announcements) == 1:
        return
    stating = [c for c in claims.announcements if c.event.scope == decider.event.scope and meaning(c.event) is not None]
    latest = {claim.source: claim for claim in stating}
    last_words = [claim for claim in stating if claim is latest[claim.source] or of_one_page(claim, latest[claim.source])]
    texts: dict[object, str] = {}
    for compared, text in filter(None, (meaning(claim.event) for claim in last_words)):
        texts[compared] = min(text, texts.get(compared, text))
    if len(texts) > 1:
        sources = sorted({claim.source for claim in last_words})
        yield Finding(FindingCode.SOURCES_CONFLICT, {"field": field, "values": sorted(texts.values()), "sources": sources})


def label_findings(ignored: Sequence[IgnoredLabel], valid_at: datetime) -> Iterable[Finding]:
    """Tell which labels were ignored by an instant, and what they contradict."""
    for label in ignored:
        if label.claim.event.announced_at > valid_at:
            continue
        if label.contradicts is None:
            yield Finding(FindingCode.LABEL_CONTRADICTS_DATES, {"position": label.claim.position})
            continue
        values = sorted([str(label.claim.event.label), str(label.contradicts.stage)])
        sources = sorted({label.claim.source, label.contradicts.claim.source})
        details = {"field": "stage", "values": values, "sources": sources, "position": label.claim.position}
        yield Finding(FindingCode.SOURCES_CONFLICT, details)


def step_back(before: Stage, after: Stage, at: datetime) -> Finding:
    """Tell that a stage went backwards."""
    return Finding(FindingCode.STAGE_MOVED_BACKWARDS, {"from": before, "to": after, "at": format_instant(at)})


def differences(claims: Claims) -> Sequence[Finding]:
    """Tell that there are claims about part of what was asked about."""
    if not claims.narrower:
        return []
    scopes = [scope.as_dict() for scope in sorted(claims.narrower, key=lambda scope: scope.pairs)]
    return [Finding(FindingCode.DIFFERS_BY_SCOPE, {"scopes": scopes})]


def backdating(evidence: Sequence[Claim[ClaimEvent]]) -> Sequence[Finding]:
    """Tell which evidence was recorded on a later day than it was announced."""
    positions = [claim.position for claim in evidence if claim.backdated]
    return [Finding(FindingCode.BACKDATED, {"positions": positions})] if positions else []
