"""The oracle's view of a history and of an answer, so that the two can be compared."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.events import PolicyAdopted
from domain.instants import format_instant
from domain.recorded import Recorded
from domain.rules.answers import Finding, FindingCode, StageAnswer
from domain.rules.timeline import Timeline
from domain.stages import PLANNED_STAGES
from domain.subjects import Scope

NEEDS_OTHER_MODELS = {FindingCode.REPLACEMENT_UNKNOWN, FindingCode.REPLACEMENT_RETIRED, FindingCode.REPLACEMENT_CYCLE}


def oracle_entries(entries: Sequence[Recorded]) -> list[dict[str, Any]]:
    return [
        {
            "position": e.position,
            "recorded_at": format_instant(e.recorded_at),
            "type": type(e.event).__name__,
            "event": json.loads(e.event.model_dump_json()),
        }
        for e in entries
    ]


def oracle_question(scope: Scope, valid_at: datetime, known_at: datetime, position: int) -> dict[str, Any]:
    return {"scope": scope.as_dict(), "valid_at": format_instant(valid_at), "known_at": format_instant(known_at), "position": position}


def ours(entries: Sequence[Recorded], scope: Scope, known_at: datetime, position: int) -> Timeline:
    seen = [e for e in entries if e.position <= position]
    history = [e for e in seen if not isinstance(e.event, PolicyAdopted)]
    return Timeline(history, [e for e in seen if isinstance(e.event, PolicyAdopted)], scope, known_at)


def as_oracle(answer: StageAnswer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": str(answer.status),
        "stage": _text(answer.stage),
        "since": _instant(answer.since),
        "until": _instant(answer.until),
        "next": _next(answer),
        "basis": _text(answer.basis),
        "decided_by": answer.decided_by,
        "schedule": {str(stage): _scheduled(answer, stage) for stage in PLANNED_STAGES},
        "replacements": list(answer.replacements),
        "findings": comparable([_finding(f) for f in answer.findings if f.code not in NEEDS_OTHER_MODELS]),
        "evidence": [claim.position for claim in answer.evidence],
    }
    if answer.status == "not_known":
        told["first_known_at"] = _instant(answer.first_known_at)
    if answer.status == "not_listed":
        told["listed_since"] = _instant(answer.listed_since)
    return told


def comparable(findings: list[dict[str, Any]]) -> list[str]:
    for finding in findings:
        if "scopes" in finding:
            finding["scopes"] = sorted(finding["scopes"], key=json.dumps)
    return sorted(json.dumps(finding, sort_keys=True) for finding in findings)


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": str(finding.code), **finding.details}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _next(answer: StageAnswer) -> dict[str, Any] | None:
    if answer.next is None:
        return None
    if answer.next.on:
        return {"stage": str(answer.next.stage), "on": format_instant(answer.next.on)}
    return {"stage": str(answer.next.stage), "not_before": _instant(answer.next.not_before)}


def _scheduled(answer: StageAnswer, stage: Any) -> dict[str, Any] | None:
    scheduled = answer.schedule.get(stage)
    if scheduled is None:
        return None
    value = getattr(scheduled.date, "value", None)
    return {"kind": scheduled.date.kind, "value": _text(value), "position": scheduled.position}
