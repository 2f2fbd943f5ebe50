"""Calendars: read back by the library that others read them with."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from icalendar import Calendar

from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, SOURCE, Site, site


@pytest.fixture
def shown() -> Iterator[Site]:
    with site() as found:
        found.list_and_announce()
        yield found


def events(shown: Site, query: str = "", path: str = "/feeds/upcoming.ics") -> dict[str, Any]:
    read = Calendar.from_ical(shown.get(f"{path}{query}").content)
    return {str(event["summary"]): event for event in read.walk("VEVENT")}


def announced(shown: Site, day: str, **stated: Any) -> None:
    shown.post(f"{MISTRAL}/announcements", {"announced_at": day, "source": SOURCE, **stated})


def facts(event: Any) -> tuple[date, int, str]:
    return event["dtstart"].dt, int(event["sequence"]), str(event["status"])


def test_each_planned_date_is_an_event(shown: Site) -> None:
    found = events(shown)
    assert {name: facts(event) for name, event in found.items()} == {
        "azure/mistral-large: legacy": (date(2024, 12, 15), 0, "CONFIRMED"),
        "azure/mistral-large: deprecation": (date(2025, 1, 15), 0, "CONFIRMED"),
        "azure/mistral-large: retirement": (date(2025, 4, 15), 0, "CONFIRMED"),
    }
    event = found["azure/mistral-large: retirement"]
    assert "azure/mistral-large-2407" in event["description"]
    assert str(event["url"]) == "http://testserver/models/azure/mistral-large"
    assert str(event["transp"]) == "TRANSPARENT"


def test_a_date_that_moves_keeps_its_event_with_a_higher_sequence(shown: Site) -> None:
    before = events(shown)["azure/mistral-large: retirement"]
    announced(shown, "2024-12-01", retired={"on": "2025-06-15"})
    announced(shown, "2024-12-02", retired={"on": "2025-06-15"}, notes="the same again")
    after = events(shown)["azure/mistral-large: retirement"]
    assert after["uid"] == before["uid"]
    assert facts(after) == (date(2025, 6, 15), 1, "CONFIRMED")
    assert after["dtstamp"].dt >= before["dtstamp"].dt
    assert facts(events(shown)["azure/mistral-large: legacy"])[1] == 0


def test_a_floor_is_tentative_until_it_becomes_firm(shown: Site) -> None:
    announced(shown, "2024-12-01", retired={"not_before": "2025-07-01"})
    floor = events(shown)["azure/mistral-large: retirement not before this day"]
    assert facts(floor) == (date(2025, 7, 1), 1, "TENTATIVE")
    announced(shown, "2024-12-02", retired={"on": "2025-07-01"})
    firm = events(shown)["azure/mistral-large: retirement"]
    assert (firm["uid"], facts(firm)) == (floor["uid"], (date(2025, 7, 1), 2, "CONFIRMED"))


def test_a_date_that_is_withdrawn_is_cancelled_and_one_that_was_misread_never_lowers_the_sequence(shown: Site) -> None:
    announced(shown, "2024-12-01", retired={"withdrawn": True})
    gone = events(shown)["azure/mistral-large: retirement (date withdrawn)"]
    assert facts(gone) == (date(2025, 4, 15), 1, "CANCELLED")
    shown.post(f"{MISTRAL}/withdrawals", {"claim": 3, "by": "recorder", "reason": "read wrong"})
    assert facts(events(shown)["azure/mistral-large: retirement"]) == (date(2025, 4, 15), 2, "CONFIRMED")


def test_a_month_takes_effect_on_the_first_of_the_next(shown: Site) -> None:
    announced(shown, "2024-12-01", retired={"month": "2025-05"})
    event = events(shown)["azure/mistral-large: retirement"]
    assert facts(event)[0] == date(2025, 6, 1)
    assert "first instant of the next" in event["description"]


def test_a_scope_with_dates_of_its_own_has_events_of_its_own(shown: Site) -> None:
    announced(shown, "2024-12-01", retired={"on": "2025-09-01"}, scope={"version": "2407"})
    found = events(shown)
    assert facts(found["azure/mistral-large@2407: retirement"]) == (date(2025, 9, 1), 1, "CONFIRMED")
    assert "azure/mistral-large@2407: legacy" not in found, "it is the whole model's"
    assert [*events(shown, "?model=azure/mistral-large@2407")][-1] == "azure/mistral-large@2407: retirement"
    assert "azure/mistral-large@2407: retirement" not in events(shown, "?model=azure/mistral-large@2402")


@pytest.mark.parametrize(
    ("query", "count"),
    [("catalog=azure", 3), ("catalog=other", 0), ("provider=Mistral%20AI", 0), ("model=azure/mistral-large", 3), ("model=azure/none", 0)],
)
def test_a_calendar_is_of_what_was_asked_for(shown: Site, query: str, count: int) -> None:
    assert len(events(shown, f"?{query}")) == count


@pytest.mark.parametrize("query", ["?model=mistral-large", "?model=", "?known_at=2025-01-01", "?catalog=a&catalog=b"])
def test_what_cannot_be_asked_is_refused(shown: Site, query: str) -> None:
    assert shown.client.get(f"/feeds/upcoming.ics{query}").status_code == 422


def test_dates_long_past_are_left_out(shown: Site) -> None:
    announced(shown, "2024-12-01", legacy={"on": "2023-01-01"})
    assert "azure/mistral-large: legacy" not in events(shown)


def test_the_bytes_are_the_same_until_something_changes(shown: Site) -> None:
    first = shown.get("/feeds/upcoming.ics")
    again = shown.client.get("/feeds/upcoming.ics", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = shown.client.head("/feeds/upcoming.ics")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])
    announced(shown, "2024-12-01", retired={"on": "2025-06-15"})
    assert shown.get("/feeds/upcoming.ics").headers["etag"] != first.headers["etag"]


def test_hostile_texts_stay_texts() -> None:
    with site() as own:
        own.post("/v1/models", {**LISTING, "model": "a-b-c", "name": "x"})
        hostile = {"name": "s\\;,", "url": "https://example.com/" + "a" * 900}
        own.post("/v1/models/azure/a-b-c/announcements", {**ANNOUNCEMENT, "replacements": ["azure/x"], "source": hostile})
        content = own.get("/feeds/upcoming.ics").content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"BEGIN:VEVENT") == 3
    event = next(iter(Calendar.from_ical(content).walk("VEVENT")))
    assert "Source: s\\;,, https://example.com/aaa" in str(event["description"])


def test_an_empty_ledger_has_an_empty_calendar() -> None:
    with site() as own:
        assert events(own) == {}


def test_a_subscription_sees_what_it_has_deployed(shown: Site) -> None:
    assert shown.client.get("/feeds/subscriptions/6f1c3a52-0000-4000-8000-000000000001/upcoming.ics").status_code == 404
    place = "/v1/subscriptions/6f1c3a52-0000-4000-8000-000000000001/deployments"
    made = {"deployment": "a/b", "model": "azure/other", "scope": {"region": "westus"}}
    shown.post("/v1/models", {**LISTING, "model": "other", "name": "Other"})
    shown.post(place, made)
    path = "/feeds/subscriptions/6f1c3a52-0000-4000-8000-000000000001/upcoming.ics"
    assert events(shown, path=path) == {}
    shown.post("/v1/models/azure/other/announcements", ANNOUNCEMENT)
    assert len(events(shown, path=path)) == 3
