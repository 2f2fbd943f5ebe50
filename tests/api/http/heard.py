"""The log as a client hears it, and what the second opinion answers from it alone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.http.cloud_events import TYPE_PREFIX
from domain import verify_answer as oracle
from domain.instants import format_instant, parse_instant
from tests.projections.stage_index.several_models import around
from tests.second_opinion import NEEDS_OTHER_MODELS, comparable

JSON = dict[str, Any]

_OWN = ("status", "decided_by", "stage", "since", "until", "next", "basis", "replacements")
_BY_STATUS = ("first_known_at", "listed_since")


class Log:
    """The events heard so far, in their order."""

    def __init__(self) -> None:
        self.events: list[JSON] = []

    def hear(self, events: Sequence[JSON]) -> None:
        """Take in what comes after all that was heard: nothing is left out, and time goes on."""
        for event in events:
            assert event["id"] == str(len(self.events) + 1), "positions are dense"
            assert not self.events or self.recorded_at(len(self.events)) < parse_instant(event["recordedtime"]), "time goes on"
            assert event["streamversion"] == self.version(event["subject"]) + 1, "versions are dense"
            self.events.append(event)

    @property
    def head(self) -> int:
        return len(self.events)

    def version(self, stream: str) -> int:
        return sum(event["subject"] == stream for event in self.events)

    def models(self) -> list[tuple[str, str]]:
        """Return catalog and model of each that has an event, in the order in which they are listed."""
        names = {event["subject"].removeprefix("model:") for event in self.events if event["subject"].startswith("model:")}
        return sorted((name.partition("/")[0], name.partition("/")[2]) for name in names)

    def positions(self, model: str) -> list[int]:
        return [int(event["id"]) for event in self.events if event["subject"] == f"model:{model}"]

    def recorded_at(self, position: int) -> datetime:
        return parse_instant(self.events[position - 1]["recordedtime"])

    def position_at(self, recorded_at: datetime) -> int:
        return sum(self.recorded_at(position) <= recorded_at for position in range(1, self.head + 1))

    def now(self, clock: datetime) -> datetime:
        """Return the service's present: a clock that was set back hides nothing."""
        return max(clock, self.recorded_at(self.head)) if self.events else clock

    def entries(self, model: str) -> list[JSON]:
        """Return what a model's answer stands on, as the oracle reads it."""
        streams = (f"model:{model}", f"policy:{model.partition('/')[0]}")
        return [_entry(event) for event in self.events if event["subject"] in streams]

    def bounds(self, model: str, axis: str) -> Sequence[datetime]:
        """Return every instant at which an answer about a model may change, one tick before, and one after."""
        return around(oracle.boundaries(self.entries(model))[axis])

    def answer(self, model: str, scope: Mapping[str, str], valid_at: datetime, known_at: datetime, position: int) -> JSON:
        """Return what the oracle answers."""
        question = {
            "scope": dict(scope),
            "valid_at": format_instant(valid_at),
            "known_at": format_instant(known_at),
            "position": position,
        }
        expected = oracle.answer(self.entries(model), question)
        return {**expected, "findings": comparable(expected["findings"])}


def _entry(event: JSON) -> JSON:
    kind = event["type"].removeprefix(TYPE_PREFIX).partition(".")[0]
    return {"position": int(event["id"]), "recorded_at": event["recordedtime"], "type": kind, "event": event["data"]}


def as_oracle(told: JSON) -> JSON:
    """Return an answer as the oracle would have written it; findings that need other models are left out."""
    own = [dict(finding) for finding in told["findings"] if finding["code"] not in NEEDS_OTHER_MODELS]  # They are sorted in place.
    return {
        **{name: told[name] for name in _OWN},
        **{name: told[name] for name in _BY_STATUS if name in told},
        "schedule": {stage: _scheduled(date) for stage, date in told["schedule"].items()},
        "findings": comparable(own),
        "evidence": [claim["position"] for claim in told["evidence"]],
    }


def _scheduled(date: JSON | None) -> JSON | None:
    if date is None:
        return None
    for name, kind in (("on", "on"), ("month", "on"), ("not_before", "not_before")):
        if name in date:
            return {"kind": kind, "value": date[name], "position": date["position"]}
    return {"kind": "withdrawn", "value": None, "position": date["position"]}


def written(at: datetime) -> str:
    """Write an instant as a question names it."""
    return format_instant(at.astimezone(UTC))
