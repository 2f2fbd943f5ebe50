"""Answers on the wire: the same names at the command line and over HTTP, instants as RFC 3339 in UTC."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from api.wire import wire_date
from domain.changes import Change
from domain.dates import FirmDate
from domain.events import Event, PolicyAdopted
from domain.instants import format_instant
from domain.receipts import Receipt
from domain.recorded import Recorded
from domain.rehearsal import Rehearsal
from domain.rules.access import Operation, allows
from domain.rules.answers import Finding, Next, Question, StageAnswer, Status
from domain.rules.claims import Claim, ClaimEvent
from domain.rules.explanation import ExplainedClaim
from domain.stages import PLANNED_STAGES, Stage
from projections.catalog import CatalogRow
from projections.differences import Difference
from projections.upcoming import UpcomingStage

JSON = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Write an instant, or nothing."""
    return None if at is None else format_instant(at)


def stage_answer(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> JSON:
    """Write an answer with the question as it was understood, so that it can be repeated exactly.

    `policy` is the one in force at the question's point: it says what a deprecated model still allows.
    """
    return {
        **asked(question),
        **deployments(answer.stage, policy),
        **answer_body(answer),
        "by_scope": [
            {"scope": scope.as_dict(), **deployments(found.stage, policy), **answer_body(found)} for scope, found in answer.by_scope.items()
        ],
    }


def asked(question: Question) -> JSON:
    """Write a question as it was understood."""
    return {
        "model": str(question.key),
        "scope": question.scope.as_dict(),
        "valid_at": instant(question.valid_at),
        "known_at": instant(question.known_at),
        "recorded_at": instant(question.recorded_at),
        "position": question.position,
    }


def deployments(stage: Stage | None, policy: PolicyAdopted | None) -> JSON:
    """Write whether new deployments can be made, and whether existing ones answer; null where there is no stage."""
    return {
        "new_deployments": None if stage is None else allows(stage, Operation.CREATE, policy),
        "existing_deployments": None if stage is None else allows(stage, Operation.INVOKE, policy),
    }


def answer_body(answer: StageAnswer) -> JSON:
    """Write what an answer says, without its question. The findings stand last, so that more can be added to them as text."""
    body: JSON = {
        "status": answer.status,
        "stage": answer.stage,
        "since": instant(answer.since),
        "until": instant(answer.until),
        "next": next_stage(answer.next),
        "basis": answer.basis,
        "decided_by": answer.decided_by,
        "replacements": list(answer.replacements),
        "schedule": schedule(answer),
        "evidence": [evidence(claim) for claim in answer.evidence],
        "http_headers": http_headers(answer),
        "first_known_at": instant(answer.first_known_at),
        "listed_since": instant(answer.listed_since),
    }
    if answer.status is not Status.NOT_KNOWN:
        del body["first_known_at"]
    if answer.status is not Status.NOT_LISTED:
        del body["listed_since"]
    return {**body, "findings": [finding(found) for found in answer.findings]}


def http_headers(answer: StageAnswer) -> dict[str, str]:
    """Write the headers that a gateway puts on the model's own responses: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`.

    Only firm dates are told; the link is relative to this API.
    """
    deprecated, retired = _firm(answer, Stage.DEPRECATED), _firm(answer, Stage.RETIRED)
    if deprecated is None and answer.stage is Stage.DEPRECATED:
        deprecated = answer.since
    headers = {}
    if deprecated:
        headers["Deprecation"] = f"@{int(deprecated.timestamp())}"
    if retired:
        headers["Sunset"] = format_datetime(retired.replace(microsecond=0), usegmt=True)
    if answer.replacements:
        headers["Link"] = ", ".join(f'</v1/models/{quote(name)}>; rel="successor-version"' for name in answer.replacements)
    return headers


def _firm(answer: StageAnswer, stage: Stage) -> datetime | None:
    scheduled = answer.schedule.get(stage)
    return scheduled.date.at if scheduled and isinstance(scheduled.date, FirmDate) else None


def schedule(answer: StageAnswer) -> JSON:
    """Write the planned date of each stage with the claim that decides it; null where none is stated."""
    found = {stage: answer.schedule.get(stage) for stage in PLANNED_STAGES}
    return {str(stage): {**wire_date(s.date), "position": s.position} if s else None for stage, s in found.items()}


def next_stage(following: Next | None) -> JSON | None:
    """Write the next stage with its instant or its floor."""
    if following is None:
        return None
    if following.on:
        return {"stage": following.stage, "on": instant(following.on)}
    return {"stage": following.stage, "not_before": instant(following.not_before)}


def finding(found: Finding) -> JSON:
    """Write a finding."""
    return {"code": found.code, **found.details}


def evidence(claim: Claim[ClaimEvent]) -> JSON:
    """Write a claim that an answer stands on."""
    return {
        "position": claim.position,
        "type": type(claim.event).__name__,
        "source": claim.source,
        "address": claim.event.source.address,
        "announced_at": instant(claim.event.announced_at),
        "recorded_at": instant(claim.entry.recorded_at),
        "backdated": claim.backdated,
    }


def entry(recorded: Recorded) -> JSON:
    """Write an entry of the ledger with its event as stored."""
    return {
        "position": recorded.position,
        "type": type(recorded.event).__name__,
        "version": recorded.version,
        "recorded_at": instant(recorded.recorded_at),
        "actor": recorded.actor,
        "event": event(recorded.event),
    }


def event(found: Event) -> JSON:
    """Write an event's own fields."""
    return found.model_dump(mode="json")


def explained(claim: ExplainedClaim) -> JSON:
    """Write a claim with its part in the answer."""
    return {**entry(claim.entry), "standing": claim.standing, "decides": list(claim.decides), "why": claim.why}


def catalog_row(row: CatalogRow, policy: PolicyAdopted | None) -> JSON:
    """Write a model of a catalog with its answer."""
    subject = {"model": str(row.key), "scope": row.scope.as_dict()}
    return {**subject, **deployments(row.answer.stage, policy), **answer_body(row.answer)}


def upcoming_stage(found: UpcomingStage) -> JSON:
    """Write what comes next for a model."""
    return {
        "model": str(found.key),
        "scope": found.scope.as_dict(),
        "stage": found.now,
        "next": {"stage": found.stage, "on" if found.on else "not_before": instant(found.at)},
        "replacements": list(found.replacements),
    }


def difference(found: Difference) -> JSON:
    """Write how a model's answer changed."""
    return {"model": str(found.key), "scope": found.scope.as_dict(), "changes": changes(found.changes)}


def changes(found: Sequence[Change]) -> list[JSON]:
    """Write changes, leaving out what does not apply."""
    return [change.model_dump(mode="json", exclude_none=True) for change in found]


def receipt(found: Receipt, position: int) -> JSON:
    """Write what a command appended; `position` is its last one, or the head if it appended nothing."""
    return {
        "position": found.position or position,
        "positions": list(found.positions),
        "recorded_at": instant(found.recorded_at),
        "version": found.version,
        "runs": list(found.runs),
    }


def rehearsal(found: Rehearsal) -> JSON:
    """Write what a command would do."""
    before, after = found.before, found.after
    return {
        "dry_run": True,
        "positions": list(found.receipt.positions),
        "before": stage_answer(before.question, before.answer, before.policy) if before else None,
        "after": stage_answer(after.question, after.answer, after.policy),
        "findings": [finding(new) for new in found.new_findings()],
    }
