"""The metrics: what is counted, under which labels, and that they stay as many as there are routes."""

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.http.follower import Follower
from api.http.metrics import Metrics
from api.http.service import Service
from projections.tables.views import Views
from tests.ledgers import HandClock, ledger_in_memory, list_model


class Route:
    path_format = "/v1/models/{catalog}/{model}"


@pytest.fixture
def service() -> Iterator[Service]:
    with ledger_in_memory(HandClock()) as ledger:
        yield Service(ledger)


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
