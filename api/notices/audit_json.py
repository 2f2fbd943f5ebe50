"""Rows of the audit as JSON, put together from what the database wrote already."""

from collections.abc import Iterator

from pydantic_core import to_json

from api.notices.wire import wire_of_run
from projections.notices.audit_json import JsonReasons
from projections.notices.days import Day


def audit_texts(reasons: JsonReasons) -> Iterator[str]:
    """Write reasons as `wire_audit` does their rows; what the rows of a day share is written once."""
    written = {place: _of_day(day) for place, day in reasons.days.items()}
    for run, why, _, day, came, acknowledged_at in reasons.rows:
        begin, end = written[run, day]
        yield f'{begin},{why[1:-1]},{came[1:-1]},{end},"acknowledged_at":{acknowledged_at}}}'


def _of_day(day: Day) -> tuple[str, str]:
    """Write how a day's rows begin, and what they have before the acknowledgement."""
    leads = {"lead_days_deprecated": day.lead_days_deprecated, "lead_days_retired": day.lead_days_retired, "late": day.late}
    return to_json(wire_of_run(day.run, *day.told)).decode()[:-1], to_json(leads).decode()[1:-1]
