"""Alerts and dashboard ask for what the service exposes, under labels that it has."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.http.follower import Follower
from api.http.verifying import Verification
from domain.verification.verdicts import Verdict
from tests.api.http.apps import site
from tests.deploy.files import alerts, expressions, panels, read_yaml
from tests.deploy.promql import balanced, grouped, matched, metrics

Exposed = Mapping[str, Mapping[str, set[str]]]
"""The values of each label of each metric."""

BY_PROMETHEUS = {"job", "instance"}
"""Labels that it gives to all that it reads."""
OPEN = {"handler", "method", "status"}
"""Labels whose values depend on what is asked."""


@pytest.fixture(scope="module")
def exposed() -> Exposed:
    """All that a service exposes when it has everything."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, labels in samples():
        found[name].update({label: found[name][label] | {value} for label, value in labels.items()})
    return {**found, "up": {}}


def samples() -> Iterator[tuple[str, Mapping[str, str]]]:
    with site() as shown:
        shown.list_and_announce()
        service, now = shown.service, shown.clock.now
        service.follower = Follower(service.ledger, service.office.views, tick_seconds=60, recorded=lambda: None)
        service.checkpoint = service.proving.checkpoint()
        service.verifications.last = Verification(now, now, Verdict.INTACT, None, None, None, 1, 1, 1)
        text = shown.get("/metrics").text
    for family in text_string_to_metric_families(text):
        yield from ((sample.name, sample.labels) for sample in family.samples)


@pytest.mark.parametrize(("name", "expression"), list(expressions()))
def test_what_is_asked_for_is_exposed_under_its_labels(name: str, expression: str, exposed: Exposed) -> None:
    assert balanced(expression)
    asked = metrics(expression)
    assert asked, "it reads no metric"
    assert asked <= exposed.keys(), name
    of_any = BY_PROMETHEUS.union(*(exposed[metric] for metric in asked))
    assert grouped(expression) <= of_any
    for metric, label, pattern in matched(expression):
        assert label in BY_PROMETHEUS | exposed[metric].keys()
        if label not in BY_PROMETHEUS | OPEN:
            assert all(each in exposed[metric][label] for each in pattern.split("|")), pattern


def test_every_own_metric_is_watched(exposed: Exposed) -> None:
    own = {name for name in exposed if name.startswith(("lifecycle_", "http_"))}
    watched = {metric for _, expression in expressions() for metric in metrics(expression)}
    assert {name for name in own - watched if not name.endswith(("_sum", "_count"))} == set()


def test_every_alert_says_what_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) >= 10
    for rule in alerts():
        assert rule["labels"]["severity"] in {"warning", "critical"}, rule["alert"]
        for annotation in ("summary", "runbook"):
            assert rule["annotations"][annotation].endswith("."), f"{rule['alert']} has no {annotation}"


def test_alerts_say_only_what_their_series_have(exposed: Exposed) -> None:
    for rule in alerts():
        kept = BY_PROMETHEUS.union(*(exposed[metric] for metric in metrics(rule["expr"])))
        if " by (" in rule["expr"]:
            kept = grouped(rule["expr"]) - {"le"}
        assert set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))) <= kept, rule["alert"]


def test_every_panel_has_its_own_place_and_is_described() -> None:
    assert len(panels()) >= 20
    assert len({panel["id"] for panel in panels()}) == len(panels())
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["description"].endswith("."), panel["title"]
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not taken & cells, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_prometheus_reads_the_rules_and_shows_a_token() -> None:
    settings = read_yaml("prometheus.yml")
    assert settings["rule_files"] == ["alerts.yml"]
    (scraped,) = settings["scrape_configs"]
    assert scraped["authorization"] == {"credentials_file": "/run/secrets/metrics_token"}
    assert all(f'job="{scraped["job_name"]}"' in rule["expr"] for rule in alerts() if "up" in metrics(rule["expr"]))


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("sum by (le) (rate(a_bucket[5m])) / 2", {"a_bucket"}),
        ('x{y="z)"} unless on (instance) b > 1e3', {"x", "b"}),
        ("time() - max_over_time(c[6h]) > 3 * 3600", {"c"}),
        ("1 + 1", set()),
    ],
)
def test_names_are_found_in_expressions(expression: str, found: set[str]) -> None:
    assert balanced(expression)
    assert metrics(expression) == found


@pytest.mark.parametrize("expression", ["sum(a", "a)", "rate(a[5m)]", 'a{b="c}', "a{b=']'"])
def test_brackets_that_do_not_close_are_found(expression: str) -> None:
    assert not balanced(expression)
