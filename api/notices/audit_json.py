"""Rows of the audit as JSON, put together from what the database wrote already."""

from collections.abc import Iterable, Sequence

from pydantic_core import to_json

from api.notices.wire import wire_of_run
from projections.notices.audit_json import JsonReason
from projections.notices.days import Day


def audit_texts(reasons: Iterable[JsonReason]) -> Sequence[str]:
    """Write reasons as `wire_audit` does their rows. What many share is written once."""
    written: dict[Day, tuple[str, str]] = {}
    texts: list[str] = []
    for day, why, came, acknowledged_at in reasons:
        shared = written.get(day)
        if shared is None:
            shared = written[day] = _of_day(day)
        begin, end = shared
        texts.append(f'{begin},{why[1:-1]},{came[1:-1]},{end},"acknowledged_at":{acknowledged_at}}}')
    return texts


def _of_day(day: Day) -> tuple[str, str]:
    """Write how a day's rows begin, and what they have before the acknowledgement."""
    leads = {"lead_days_deprecated": day.lead_days_deprecated, "lead_days_retired": day.lead_days_retired, "late": day.late}
    return to_json(wire_of_run(day.run, *day.told)).decode()[:-1], to_json(leads).decode()[1:-1]
