"""Runs and the audit on the wire."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from api import wire_answers as wire
from projections.notices.audit import AuditRow
from projections.notices.coverage import Counts, Coverage
from projections.notices.runs import RunRow

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""

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


def wire_coverage(found: Coverage) -> wire.JSON:
    """Write a run's coverage."""
    return {
        **wire_run(found.run),
        "exclusions": dict(found.excluded),
        "late": found.late,
        "never": found.never,
        "closed_at": found.closed_at,
        "legacy_days_min": found.run.legacy_days_min,
        "deprecated_days_min": found.run.deprecated_days_min,
        "roles": {role or "webhook": wire_counts(counts) for role, counts in found.by_role.items()},
    }


def wire_counts(counts: Counts) -> wire.JSON:
    """Write members by what became of them."""
    return asdict(counts)


def wire_audit(row: AuditRow) -> wire.JSON:
    """Write why somebody had to be told, and what became of it."""
    found = row._asdict()
    model = f"{found.pop('catalog')}/{found.pop('model')}"
    return {"run": found.pop("run"), "model": model, "scope": json.loads(found.pop("scope")), **found, "late": list(row.late)}


def as_csv(rows: Iterable[Sequence[object]], header: Sequence[str]) -> Iterator[str]:
    """Write rows as CSV; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in chain((header,), rows):
        writer.writerow([_safe(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def audit_cells(row: wire.JSON) -> Sequence[object]:
    """Return the cells of an audit row, in the order of `AUDIT_COLUMNS`."""
    scope = ", ".join(f"{key}={value}" for key, value in row["scope"].items())
    told = {**row, "scope": scope, "late": " ".join(row["late"])}
    return [told[name] for name in AUDIT_COLUMNS]


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_DANGEROUS) and not isinstance(cell, int) else text
