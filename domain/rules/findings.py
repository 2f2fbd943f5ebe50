"""Findings: what is odd about the claims behind an answer. They are told, and change nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.dates import AnyDate, FirmDate, Precision, WithdrawnDate
from domain.instants import format_instant
from domain.recorded import Recorded
from domain.rules.answers import Finding, FindingCode
from domain.rules.claims import Claim, ClaimEvent, Claims
from domain.rules.conflicts import date_conflict, replacement_conflict
from domain.rules.facts import IgnoredLabel
from domain.rules.plan import Announcement, Plan, Planned, stated_date
from domain.rules.policy import policy_in_force, required_days
from domain.stages import Stage


def plan_findings(
    claims: Claims, plan: Plan, listed_since: datetime | None, policies: Sequence[Recorded], known_at: datetime
) -> Iterable[Finding]:
    """Tell what is odd about the plan as known, whatever the time asked about."""
    yield from _windows(plan, policies, known_at)
    for planned in plan.stages:
        yield from _late_announcement(claims, planned)
        yield from _moved_earlier(claims, planned)
        yield from date_conflict(claims, planned)
        if not isinstance(planned.date, WithdrawnDate) and planned.date.value.precision is Precision.MONTH:
            yield Finding(FindingCode.IMPRECISE_DATE, {"stage": planned.stage})
    if plan.replaced_by:
        yield from replacement_conflict(claims, plan.replaced_by)
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
    if planned.claim.event.announced_at <= planned.firm_at:
        return
    first = next(c.event.announced_at for c in claims.announcements if _states_firm(c, planned.stage, planned.firm_at))
    if first > planned.firm_at:
        details = {"stage": planned.stage, "effective_at": format_instant(planned.firm_at), "announced_at": format_instant(first)}
        yield Finding(FindingCode.ANNOUNCED_AFTER_EFFECTIVE, details)


def _states_firm(claim: Announcement, stage: Stage, at: datetime) -> bool:
    date = stated_date(claim.event, stage)
    return isinstance(date, FirmDate) and date.at == at


def _moved_earlier(claims: Claims, planned: Planned) -> Iterable[Finding]:
    if not isinstance(planned.date, FirmDate):
        return
    last = next((date for date in _said_before(claims, planned) if not _means_the_same(date, planned.date)), None)
    if isinstance(last, FirmDate) and last.at > planned.date.at:
        days = (last.at.date() - planned.date.at.date()).days
        details = {"stage": planned.stage, "from": last.value.text, "to": planned.date.value.text, "days": days}
        yield Finding(FindingCode.DATE_MOVED_EARLIER, details)


def _said_before(claims: Claims, planned: Planned) -> Iterable[AnyDate]:
    """Give what the deciding source said of the stage before, about the same scope, the latest first."""
    decider = planned.claim
    for claim in reversed(claims.announcements):
        date = stated_date(claim.event, planned.stage)
        if (
            date is not None
            and claim.authority < decider.authority
            and claim.source == decider.source
            and claim.event.scope == decider.event.scope
        ):
            yield date


def _means_the_same(date: AnyDate, other: FirmDate) -> bool:
    return isinstance(date, FirmDate) and date.at == other.at


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
