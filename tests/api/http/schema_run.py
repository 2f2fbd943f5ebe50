"""Runs every phase of schemathesis over the application, and collects what it finds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.api.http.apps import Site

UNAVAILABLE = 503
MODELS = ("mistral-large", "mistral-small", "mistral-large@2407")


@dataclass
class Found:
    """How many requests were sent, what they were answered, and what contradicts the description."""

    cases: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        """Take in what the engine tells."""
        if isinstance(event, events.NonFatalError | events.FatalError):
            self.failures[f"error {event}"] = repr(getattr(event, "exception", event))
        if not isinstance(event, events.ScenarioFinished):
            return
        recorder = event.recorder
        self.cases += len(recorder.interactions)
        self.by_phase[event.phase.value] += len(recorder.interactions)
        for case_id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                self._answered(recorder.label, interaction.response)
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    shown = recorder.cases[case_id].value.as_curl_command()
                    answered = interaction.response.content[:300] if interaction.response is not None else None
                    self.failures.setdefault(f"{recorder.label}: {failure.title}", f"{failure.message[:600]}\n{shown[:900]}\n{answered!r}")

    def _answered(self, label: str, response: Any) -> None:
        self.statuses[response.status_code] += 1
        if response.status_code == UNAVAILABLE and b"/problems/position-not-reached" not in response.content:
            self.failures[f"{label}: unavailable"] = repr(response.content)


@dataclass(frozen=True)
class Sender:
    """Who sends the requests of a run."""

    headers: dict[str, str]
    reads_the_description_with: dict[str, str]
    thoroughly: bool = False
    """With every edge of every parameter, too: thousands of requests."""


def run(site: Site, examples: int, sender: Sender | None = None) -> Found:
    """Send valid and invalid requests, alone and along the links; in the name of a sender, where there has to be one."""
    config = _config(examples, sender)
    headers = sender.reads_the_description_with if sender else {}
    schema = schemathesis.openapi.from_asgi("/openapi.json", site.app, config=config, headers=headers).exclude(path="/v1/events/stream")
    numbers = count()

    @schema.hook
    def map_case(context: Any, case: Any) -> Any:  # noqa: ARG001  # the names are the library's
        return _likely(case, numbers)

    found = Found()
    for event in from_schema(schema).execute():
        found.take(event)
    return found


def _config(examples: int, sender: Sender | None) -> SchemathesisConfig:
    refused = [401, 403] if sender else []  # Whoever has no right is told so before anything else.
    checks: dict[str, Any] = {
        # What the ledger holds decides whether valid data is taken: it is listed already, in the future, out of order.
        "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 403, 404, 409, 412, 422, 503, *refused]},
        # 503 is the answer to a min_position that is not reached; any other one is a failure, below.
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 503]},
        "missing_required_header": {"expected-statuses": [422, 428, *refused]},
    }
    if sender:
        # The refusal of a sender goes before what a request is; and a run's own header is no credential that the check could leave out.
        checks |= {"unsupported_method": {"enabled": False}, "ignored_auth": {"enabled": False}}
        checks["negative_data_rejection"] = {"expected-statuses": ["4xx", 503]}
    return SchemathesisConfig.from_dict(
        {
            **({"headers": sender.headers} if sender and sender.headers else {}),
            "checks": checks,
            "generation": {"max-examples": examples, "deterministic": True, "database": "none", "no-shrink": True},
            "phases": {
                "coverage": {"generate-duplicate-query-parameters": True, "enabled": sender is None or sender.thoroughly},
                "stateful": {"max-steps": 12},
            },
        }
    )


def _likely(case: Any, numbers: Iterator[int]) -> Any:
    """Ask mostly about models that are there, and say mostly what may be recorded: else nothing would ever be written."""
    number = next(numbers)
    if number % 4 == 0 or (case.meta is not None and case.meta.generation.mode.is_negative):
        return case
    if case.path_parameters and "model" in case.path_parameters:
        case.path_parameters = {**case.path_parameters, "catalog": "azure", "model": MODELS[number % len(MODELS)]}
    case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "if-match"}
    case.query = {name: value for name, value in (case.query or {}).items() if name not in {"min_position", "cursor", "dry_run"}}
    if isinstance(case.body, dict) and "announced_at" in case.body:
        case.body = {**case.body, "announced_at": "2024-12-01"}
    if isinstance(case.body, dict) and "on_policy_breach" in case.body:
        case.body = {**case.body, "on_policy_breach": "record"}
    return case
