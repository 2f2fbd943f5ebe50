"""Entries of the ledger as CloudEvents 1.0."""

from datetime import datetime
from urllib.parse import quote

from api import wire_answers as wire
from domain.events import PageObserved
from domain.instants import parse_instant
from domain.recorded import Recorded
from domain.streams import MODELS

TYPE_PREFIX = "lifecycle-ledger."
"""Before the topic of each event, which names its version: lifecycle-ledger.RetirementAnnounced.v1."""


def cloud_event(entry: Recorded) -> wire.JSON:
    """Write an entry. Its id is its position; `time` is when it was announced, `recordedtime` when this ledger took it in."""
    return {
        "specversion": "1.0",
        "id": str(entry.position),
        "source": _source(entry.stream),
        "type": f"{TYPE_PREFIX}{entry.event.topic}",
        "subject": entry.stream,
        "time": wire.instant(_happened(entry)),
        "recordedtime": wire.instant(entry.recorded_at),
        "datacontenttype": "application/json",
        "streamversion": entry.version,
        "actor": entry.actor,
        "data": wire.event(entry.event),
    }


def _source(stream: str) -> str:
    return f"/v1/models/{quote(stream.removeprefix(MODELS))}" if stream.startswith(MODELS) else "/v1/events"


_INSTANTS = ("announced_at", "seen_at", "opened_at", "since", "acknowledged_at", "closed_at")
"""When it happened, by the kind of event; where it has none of these, it happened when it was recorded."""


def _happened(entry: Recorded) -> datetime:
    event = entry.event
    if isinstance(event, PageObserved):
        return parse_instant(event.seen_on)
    return next((getattr(event, name) for name in _INSTANTS if hasattr(event, name)), entry.recorded_at)
