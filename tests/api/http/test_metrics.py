"""The metrics: what is counted, under which labels, and that they stay as many as there are routes."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.http.follower import Follower
from api.http.metrics import Metrics
from api.http.service import Service
from api.http.verifying import Verification
from api.http.workers.sharing import Done, Sharing
from domain.instants import parse_instant
from domain.verification.verdicts import Verdict
from projections.tables.views import Views
from tests.ledgers import HandClock, ledger_in_memory, list_model


class Route:
    path_format = "/v1/models/{catalog}/{model}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def service(clock: HandClock) -> Iterator[Service]:
    with ledger_in_memory(clock) as ledger:
        yield Service(ledger)


def verified(verdict: Verdict, at: str) -> Verification:
    return Verification(parse_instant(at), parse_instant(at), verdict, None, None, None, 1, 1, 0)


def told_by_others(metrics: Metrics, folder: Path, *told: Done) -> None:
    """Let a process that lives tell what it has done, as a worker would, and one that has ended."""
    metrics.sharing = Sharing(folder)
    for process, done in zip((os.getppid(), 2**22 + 1), told, strict=False):  # Processes have lower numbers.
        (folder / f"{process}.json").write_text(json.dumps(asdict(done)))


def exposed(metrics: Metrics) -> dict[str, float]:
    text = asyncio.run(metrics.expose()).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value for sample in samples}


def test_answers_are_counted_by_route_template(service: Service) -> None:
    metrics = Metrics(service)
    for path in ("/v1/models/azure/a", "/v1/models/azure/b"):
        metrics.answered({"method": "GET", "path": path, "route": Route()}, 200, 0.0003)
    metrics.answered({"method": "GET", "path": "/v1/models/azure/c", "route": Route()}, 404, 2.0)
    found = exposed(metrics)
    assert found["http_requests_total /v1/models/{catalog}/{model} GET 200"] == 2
    assert found["http_requests_total /v1/models/{catalog}/{model} GET 404"] == 1
    assert found["http_request_duration_seconds_bucket /v1/models/{catalog}/{model} 0.0005"] == 2
    assert found["http_request_duration_seconds_count /v1/models/{catalog}/{model}"] == 3


def test_paths_and_methods_that_somebody_makes_up_share_a_label(service: Service) -> None:
    metrics = Metrics(service)
    for number in range(50):
        metrics.answered({"method": f"M{number}", "path": f"/{number}"}, 404, 0.1)
    assert [(name, value) for name, value in exposed(metrics).items() if name.startswith("http_requests_total")] == [
        ("http_requests_total none other 404", 50)
    ]


def test_two_applications_in_one_process_count_for_themselves(service: Service) -> None:
    first, second = Metrics(service), Metrics(service)
    first.answered({"method": "GET", "path": "/"}, 200, 0.1)
    assert "http_requests_total none GET 200" in exposed(first)
    assert "http_requests_total none GET 200" not in exposed(second)


def test_the_ledger_and_what_was_done_with_it_are_read_when_asked(service: Service) -> None:
    metrics = Metrics(service)
    service.ledger.execute(list_model())
    service.refresh()
    service.counters.appends, service.counters.conflicts, service.counters.key_replays, service.counters.streams_open = 5, 4, 3, 2
    found = exposed(metrics)
    told = ("appends_total", "conflicts_total", "key_replays_total", "streams_open", "log_position", "index_models", "index_segments")
    assert [found[f"lifecycle_{name}"] for name in told] == [5, 4, 3, 2, 1, 1, 0]
    assert not any(name.startswith("lifecycle_view") for name in found)


def test_the_index_is_told_with_how_far_it_is_behind(service: Service) -> None:
    metrics = Metrics(service)
    service.ledger.execute(list_model())
    assert exposed(metrics)["lifecycle_index_lag_entries"] == 1
    service.refresh()
    assert exposed(metrics)["lifecycle_index_lag_entries"] == 0


def test_the_views_are_told_with_how_far_they_are_behind(service: Service) -> None:
    service.ledger.execute(list_model())
    with Views.open(None) as views:
        service.follower = Follower(service.ledger, views, tick_seconds=60, recorded=lambda: None)
        metrics = Metrics(service)
        assert [exposed(metrics)[f"lifecycle_view_lag_entries {name}"] for name in ("current_stage", "upcoming")] == [1, 1]
        views.catch_up(service.ledger.store)
        found = exposed(metrics)
    assert [found[f"lifecycle_view_{what} current_stage"] for what in ("lag_entries", "stopped")] == [0, 0]
    assert found["lifecycle_follower_failures_total"] == 0


def test_a_stopped_index_is_told_without_its_models(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.index, "stopped", object())
    found = exposed(Metrics(service))
    assert found["lifecycle_index_stopped"] == 1
    assert "lifecycle_index_models" not in found


def test_the_time_of_the_last_checkpoint_is_told_where_there_is_one(service: Service, clock: HandClock) -> None:
    metrics = Metrics(service)
    assert "lifecycle_checkpoint_timestamp_seconds" not in exposed(metrics)
    service.ledger.execute(list_model())
    clock.set("2025-02-01T12:00:00.250000Z")
    service.checkpoint = service.proving.checkpoint()
    clock.advance(hours=1)
    found = exposed(metrics)
    assert found["lifecycle_checkpoint_timestamp_seconds"] == parse_instant("2025-02-01T12:00:00.250000Z").timestamp()
    assert found["lifecycle_checkpoint_entries"] == 1


def test_a_checkpoint_that_cannot_be_read_has_no_time(service: Service) -> None:
    service.ledger.execute(list_model())
    service.checkpoint = replace(service.proving.checkpoint(), note="no note")
    assert "lifecycle_checkpoint_timestamp_seconds" not in exposed(Metrics(service))


@pytest.mark.parametrize(("passed", "behind"), [(-2.5, 2.5), (0, 0), (60, 0)])
def test_a_clock_behind_the_last_entry_is_told(service: Service, clock: HandClock, passed: float, behind: float) -> None:
    metrics = Metrics(service)
    assert exposed(metrics)["lifecycle_clock_behind_seconds"] == 0, "there is no entry"
    service.ledger.execute(list_model())
    service.refresh()
    clock.advance(seconds=passed)
    assert exposed(metrics)["lifecycle_clock_behind_seconds"] == behind


def test_over_workers_what_grows_is_summed_and_of_this_moment_the_highest_counts(
    service: Service, clock: HandClock, tmp_path: Path
) -> None:
    service.ledger.execute(list_model())
    service.refresh()
    service.counters.appends = 1
    service.checkpoint = service.proving.checkpoint()
    worker = Metrics(service).done()
    clock.advance(seconds=-3)
    service.unsigned = "The key is gone."
    leader = Metrics(service).done()
    clock.advance(seconds=2)
    service.checkpoint, service.unsigned = None, ""
    metrics = Metrics(service)
    told_by_others(metrics, tmp_path, leader, worker)
    found = exposed(metrics)
    told = ("appends_total", "clock_behind_seconds", "checkpoint_timestamp_seconds", "signing_failing")
    assert [found[f"lifecycle_{name}"] for name in told] == [3, 3, clock.now.timestamp() + 1, 1]
    told_by_others(metrics, tmp_path / "none")
    found = exposed(metrics)
    assert [found.get(f"lifecycle_{name}") for name in told] == [1, 1, None, 0]


def test_every_worker_tells_the_verification_that_ended_last(service: Service, tmp_path: Path) -> None:
    service.verifications.last = verified(Verdict.TAMPERED, "2025-02-01T11:00:00Z")
    leader = Metrics(service).done()
    service.verifications.last = None
    metrics = Metrics(service)
    assert "lifecycle_verified_timestamp_seconds" not in exposed(metrics)
    told_by_others(metrics, tmp_path, leader)
    found = exposed(metrics)
    assert [found[f"lifecycle_verified {verdict}"] for verdict in ("tampered", "intact")] == [1, 0]
    service.verifications.last = verified(Verdict.INTACT, "2025-02-01T12:00:00Z")
    found = exposed(metrics)
    assert [found[f"lifecycle_verified {verdict}"] for verdict in ("tampered", "intact")] == [0, 1]
    assert found["lifecycle_verified_timestamp_seconds"] == parse_instant("2025-02-01T12:00:00Z").timestamp()
