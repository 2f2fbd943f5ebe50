"""Runs and the audit on the wire."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

from api import wire_answers as wire
from api.wire import wire_date
from domain.dates import AnyDate
from domain.events import Position
from domain.notices.events import Schedule
from projections.notices.audit import AuditRow
from projections.notices.coverage import Counts, Coverage
from projections.notices.findings import Found
from projections.notices.runs import RunRow

AUDIT_COLUMNS = (
    "run",
    "model",
    "scope",
    "cause",
    "opened_at",
    "legacy",
    "deprecated",
    "retired",
    "member",
    "id",
    "address",
    "subscription",
    "role",
    "state",
    "exclusion",
    "channel",
    "accepted_at",
    "attempts",
    "code",
    "reference",
    "reported_by",
    "lead_days_deprecated",
    "lead_days_retired",
    "late",
    "acknowledged_at",
)


def wire_run(row: RunRow) -> wire.JSON:
    """Write a run with its totals."""
    return {
        "run": row.run,
        "model": str(row.key),
        "scope": json.loads(row.scope),
        "name": row.name,
        "cause": row.cause,
        "claim": row.claim,
        "opened_at": row.opened_at,
        "legacy": row.legacy,
        "deprecated": row.deprecated,
        "retired": row.retired,
        "policy_version": row.policy_version,
        "complete": row.complete,
        "expected": row.expected,
        "accepted": row.accepted,
        "failed": row.failed,
        "excluded": row.excluded,
        "pending": row.pending,
        "closed": row.closed,
    }


def wire_schedule(schedule: Schedule | None) -> wire.JSON | None:
    """Write the three dates of a plan, or nothing where there was none."""
    if schedule is None:
        return None
    dates: dict[str, AnyDate | None] = {"legacy": schedule.legacy, "deprecated": schedule.deprecated, "retired": schedule.retired}
    return {stage: wire_date(date) if date else None for stage, date in dates.items()}


def wire_coverage(of: Coverage, found: Sequence[Found]) -> wire.JSON:
    """Write a run's coverage, with what is found of it, and what can be done next."""
    return {
        **wire_run(of.run),
        "closed_at": of.closed_at,
        "legacy_days_min": of.run.legacy_days_min,
        "deprecated_days_min": of.run.deprecated_days_min,
        "exclusions": dict(of.excluded),
        "late": of.late,
        "never": of.never,
        "lead_days_deprecated": asdict(of.lead_days_deprecated) if of.lead_days_deprecated else None,
        "lead_days_retired": asdict(of.lead_days_retired) if of.lead_days_retired else None,
        "roles": {role or "webhook": wire_counts(counts) for role, counts in of.by_role.items()},
        "findings": [{"code": finding.code, "members": finding.members} for finding in found],
        "next": _next(of.run),
    }


def _next(run: RunRow) -> list[wire.JSON]:
    """Tell what can be done about a run, by which request."""
    path = f"/v1/notices/{run.run}"
    report = {"action": "report_deliveries", "method": "POST", "path": f"{path}/deliveries"}
    if not run.complete:
        return []
    if not run.closed and not run.pending:
        return [{"action": "close", "method": "POST", "path": f"{path}/closure"}, report]
    return [report] if run.recipients else []


def wire_counts(counts: Counts) -> wire.JSON:
    """Write members by what became of them."""
    return {
        "members": counts.members,
        "accepted": counts.accepted,
        "failed": counts.failed,
        "pending": counts.pending,
        "excluded": counts.excluded,
    }


def wire_audit(row: AuditRow) -> wire.JSON:
    """Write why somebody had to be told, and what became of it."""
    run, catalog, model, scope, *rest = row
    return wire_of_run(run, catalog, model, scope, *rest)


def wire_of_run(run: Position, catalog: str, model: str, scope: str, *rest: object) -> wire.JSON:
    """Write the columns of the audit that tell of the run, and as many more as are given."""
    return {"run": run, "model": f"{catalog}/{model}", "scope": _scope(scope), **dict(zip(_REST, rest, strict=False))}


_REST = AUDIT_COLUMNS[3:]


@lru_cache(maxsize=1024)
def _scope(text: str) -> dict[str, str]:
    parts: dict[str, str] = json.loads(text)
    return parts


def audit_cells(row: AuditRow) -> Sequence[object]:
    """Return the cells of an audit row, in the order of `AUDIT_COLUMNS`."""
    run, catalog, model, scope, *rest, late, acknowledged_at = row
    part = ", ".join(f"{key}={value}" for key, value in _scope(scope).items())
    return [run, f"{catalog}/{model}", part, *rest, " ".join(late), acknowledged_at]
