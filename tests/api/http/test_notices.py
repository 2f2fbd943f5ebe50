"""Notification runs over HTTP: how far they reached, what others report of them, and their end."""

from pathlib import Path
from typing import Any

import pytest

from domain.notices.events import Result
from tests.api.http.apps import Site, site
from tests.api.http.told import ANN, BOB, FIRST, HOOK, OUT, SECOND, all_told, audience_recorded, deliver, run_open
from tests.projections.stage_index.test_stopping import append_raw

AT = "2025-02-01T12:00:00Z"


def counts(found: Any) -> tuple[int, ...]:
    return tuple(found[name] for name in ("expected", "accepted", "failed", "excluded", "pending"))


def delivery(result: str = "accepted", at: str = AT, **more: Any) -> dict[str, Any]:
    return {"result": result, "at": at, **more}


def report(*deliveries: dict[str, Any], by: str = "provider") -> dict[str, Any]:
    return {"channel": "provider-mail", "reported_by": by, "deliveries": list(deliveries)}


def test_runs_are_listed_newest_first_with_what_was_planned_before(empty: Site) -> None:
    run = all_told(empty)
    moved = {"retired": {"on": "2025-12-01"}, "source": {"name": "mail"}}
    (second,) = empty.post("/v1/models/azure/mistral-large/announcements", moved).json()["runs"]
    new, old = empty.read("/v1/notices")["notices"]
    assert (new["run"], old["run"]) == (second, run)
    assert (old["before"], old["cause"], new["cause"], new["retired"]) == (None, "announced", "moved", "2025-12-01")
    assert new["before"]["retired"] == {"on": "2025-08-01"}
    assert counts(old) == (4, 2, 1, 1, 0)


def test_runs_are_filtered_and_come_in_pages(empty: Site) -> None:
    run = all_told(empty)
    empty.post(f"/v1/notices/{run}/closure", None)
    for day in range(1, 5):
        moved = {"retired": {"on": f"2025-12-0{day}"}, "source": {"name": "mail"}}
        empty.post("/v1/models/azure/mistral-large/announcements", moved)
    assert len(empty.read("/v1/notices")["notices"]) == 5
    assert run not in [each["run"] for each in empty.read("/v1/notices?open=true")["notices"]]
    assert empty.read("/v1/notices?model=azure/other")["notices"] == []
    found, path = [], "/v1/notices?limit=2&model=azure/mistral-large"
    while path:
        page = empty.read(path)
        found += [each["run"] for each in page["notices"]]
        path = page["next"]
    assert found == sorted(found, reverse=True)
    assert len(found) == 5


def test_coverage_tells_who_was_told_late_or_never_and_how_far_ahead(empty: Site) -> None:
    run = all_told(empty)
    found = empty.read(f"/v1/notices/{run}")
    assert counts(found) == (4, 2, 1, 1, 0)
    assert (found["late"], found["never"], found["exclusions"]) == (1, 2, {"no_address": 1})
    assert found["lead_days_deprecated"] == {"least": 13, "median": 13, "most": 73}
    assert found["roles"]["webhook"] == {"members": 1, "accepted": 0, "failed": 1, "pending": 0, "excluded": 0}
    assert found["opened"]["after"]["retired"]["value"] == "2025-08-01"
    assert [each["action"] for each in found["next"]] == ["close", "report_deliveries"]
    assert {each["code"]: each["members"] for each in found["findings"]} == {
        "notices_overdue": 0,
        "notices_late": 1,
        "notices_incomplete": 2,
    }


def test_coverage_by_subscription_counts_a_member_once(empty: Site) -> None:
    run = all_told(empty)
    first = empty.read(f"/v1/notices/{run}/subscriptions?limit=1")
    second = empty.read(first["next"])
    told = {each["subscription"]: (each["members"], each["accepted"]) for each in (*first["subscriptions"], *second["subscriptions"])}
    assert told == {FIRST: (3, 2), SECOND: (2, 1)}
    assert second["next"] is None


def test_a_run_is_told_as_it_was(empty: Site) -> None:
    run = audience_recorded(empty)
    before = empty.ledger.store.head().position
    deliver(empty.ledger, 1)
    assert counts(empty.read(f"/v1/notices/{run}")) == (4, 1, 0, 1, 2)
    assert counts(empty.read(f"/v1/notices/{run}", recorded_at=f"@{before}")) == (4, 0, 0, 1, 3)
    assert counts(empty.read("/v1/notices", recorded_at=f"@{before}")["notices"][0]) == (4, 0, 0, 1, 3)
    for path in (f"/v1/notices/{run}", f"/v1/notices/{run}/subscriptions"):
        assert empty.refused(path, 404, recorded_at="@2")["type"] == "/problems/no-such-run"


@pytest.mark.parametrize("run", [1, 5, 7, 999, 2**63 - 1])
def test_what_opens_no_run_is_not_found(empty: Site, run: int) -> None:
    audience_recorded(empty)
    for path in (f"/v1/notices/{run}", f"/v1/notices/{run}/subscriptions"):
        assert empty.refused(path, 404)["run"] == run
    assert empty.post(f"/v1/notices/{run}/closure", None, 404).json()["run"] == run
    assert empty.post(f"/v1/notices/{run}/deliveries", report(delivery(recipient=1)), 404).json()["run"] == run


def test_a_report_names_recipients_by_number_or_by_opaque_id(empty: Site) -> None:
    run = audience_recorded(empty)
    sent = report(delivery(recipient=1), delivery(person=BOB, code="250 2.0.0"), delivery("permanent", person=HOOK, reference="<abc>"))
    first = empty.post(f"/v1/notices/{run}/deliveries", sent, key="same").json()
    assert counts(first["notice"]) == (4, 2, 1, 1, 0)
    deliver(empty.ledger, 1, Result.BOUNCED)
    again = empty.post(f"/v1/notices/{run}/deliveries", sent, key="same")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first, "true"), "its first answer"
    row = empty.read("/v1/notices/audit", person=BOB)["rows"][0]
    assert (row["channel"], row["reported_by"], row["accepted_at"][:10]) == ("provider-mail", "provider", "2025-02-01")


def test_a_report_of_strangers_is_refused_whole_and_names_its_rows(empty: Site) -> None:
    run = audience_recorded(empty)
    head = empty.ledger.store.head().position
    sent = report(delivery(recipient=1), delivery(person="nobody"), delivery(recipient=4), delivery(person=OUT))
    refused = empty.post(f"/v1/notices/{run}/deliveries", sent, 422).json()
    assert (refused["type"], refused["rows"]) == ("/problems/not-in-audience", [2, 3, 4])
    assert empty.ledger.store.head().position == head


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (delivery(recipient=1, code="550 <ann@example.com> unknown"), "code-names-somebody"),
        (delivery(recipient=1, reference="x@example.com"), "code-names-somebody"),
        (delivery(recipient=1, at="2025-02-03"), "delivery-at-no-time"),
        (delivery(recipient=1, person=ANN), "validation"),
        (delivery(), "validation"),
        (delivery("unknown", recipient=1), "validation"),
        (delivery(recipient=1, at="2025-02-01T12:00:00"), "validation"),
    ],
)
def test_a_report_that_cannot_be_true_or_names_an_address_is_refused(empty: Site, wrong: dict[str, Any], kind: str) -> None:
    run = audience_recorded(empty)
    refused = empty.post(f"/v1/notices/{run}/deliveries", report(delivery(recipient=2), wrong), 422)
    assert refused.json()["type"] == f"/problems/{kind}"
    if kind == "code-names-somebody":
        assert refused.json()["rows"] == [2]
        assert "example.com" not in refused.text
    assert counts(empty.read(f"/v1/notices/{run}")) == (4, 0, 0, 1, 3)


def test_who_reports_is_no_address(empty: Site) -> None:
    run = audience_recorded(empty)
    refused = empty.post(f"/v1/notices/{run}/deliveries", report(delivery(recipient=1), by="ann@example.com"), 422)
    assert refused.json()["errors"][0]["loc"] == ["body", "reported_by"]


def test_a_closure_is_refused_until_everybody_is_accounted_for(empty: Site) -> None:
    run = audience_recorded(empty)
    deliver(empty.ledger, 1)
    refused = empty.post(f"/v1/notices/{run}/closure", None, 409).json()
    assert [refused[name] for name in ("expected", "accepted", "failed", "excluded")] == [4, 1, 0, 1]
    empty.post(f"/v1/notices/{run}/deliveries", report(delivery(recipient=2), delivery("permanent", recipient=3)))
    closed = empty.post(f"/v1/notices/{run}/closure", None).json()
    assert closed["notice"]["closed"]
    assert empty.read(f"/v1/notices/{run}")["closed_at"].startswith("2025-02-01T12:00:00")
    assert empty.post(f"/v1/notices/{run}/closure", None).json()["positions"] == [], "it is closed already"


def test_only_a_late_bounce_is_taken_after_the_closure(empty: Site) -> None:
    run = all_told(empty)
    empty.post(f"/v1/notices/{run}/closure", None)
    assert empty.post(f"/v1/notices/{run}/deliveries", report(delivery(recipient=1)), 409).json()["type"] == "/problems/run-closed"
    late = empty.post(f"/v1/notices/{run}/deliveries", report(delivery("bounced", recipient=1, code="550 5.1.1"))).json()["notice"]
    assert counts(late) == (4, 1, 2, 1, 0)
    assert late["closed"]
    assert empty.read("/v1/notices/audit", person=ANN)["rows"][0]["state"] == "failed"


def test_nothing_is_reported_of_an_audience_that_is_not_known_yet(empty: Site) -> None:
    run = run_open(empty)
    for path, body in ((f"/v1/notices/{run}/closure", None), (f"/v1/notices/{run}/deliveries", report(delivery(recipient=1)))):
        assert empty.post(path, body, 409).json()["type"] == "/problems/audience-open"
    assert empty.read(f"/v1/notices/{run}")["next"] == []


def test_an_overdue_run_is_a_warning_and_no_reason_to_be_unready(empty: Site) -> None:
    run = audience_recorded(empty)
    assert empty.read("/v1/notices")["overdue"] == []
    assert empty.read("/readyz")["warnings"] == []
    empty.clock.advance(days=5)
    found = empty.read("/readyz")
    assert found["ready"]
    assert found["warnings"] == [f"Notification run {run} of azure/mistral-large is overdue."]
    assert empty.read("/v1/notices")["overdue"] == [run]


def test_metrics_count_members_by_what_became_of_them_and_open_runs(empty: Site) -> None:
    all_told(empty)
    empty.service.refresh()
    text = empty.get("/metrics").text
    for line in (
        'lifecycle_notice_members{state="accepted"} 2.0',
        'lifecycle_notice_members{state="failed"} 1.0',
        'lifecycle_notice_members{state="excluded"} 1.0',
        'lifecycle_notice_members{state="pending"} 0.0',
        "lifecycle_notice_runs_open 1.0",
        "lifecycle_notice_runs_overdue 1.0",
    ):
        assert line in text


def test_an_entry_that_cannot_be_taken_in_is_named_where_people_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with site(path, raising=False) as found:
        run = audience_recorded(found)
        append_raw(path, "subscription:s-9", 1, "RoleAssigned.v2")
        position = found.ledger.store.head().position
        for asked in ("", f"/{run}", f"/{run}/subscriptions", "/audit", "/audit?format=csv", "/gaps?days=3"):
            refused = found.refused(f"/v1/notices{asked}", 503)
            assert (refused["type"], refused["position"]) == ("/problems/entry-unreadable", position)
        assert "lifecycle_notice_members" not in found.get("/metrics").text
