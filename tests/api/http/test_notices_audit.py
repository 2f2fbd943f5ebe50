"""The audit over HTTP: every row once, by any filter, as of any position; as pages, CSV and JSON lines."""

import csv
import io
import json
from typing import Any

import pytest

from domain.directory.events import PrincipalKind
from domain.notices.audience import Member, Reach
from domain.notices.commands import Acknowledge
from domain.notices.events import Result
from tests.api.http.apps import Site
from tests.api.http.told import ANN, BOB, FIRST, HOOK, OUT, ROWS, SECOND, all_told, audience_recorded, deliver
from tests.domain.notices.site import RUN
from tests.spec import KEY

AUDIT, GAPS = "/v1/notices/audit", "/v1/notices/gaps"


def keys(rows: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(int(row["member"]), row["subscription"], row["role"]) for row in rows]


def in_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def in_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ROWS),
        ({"model": "azure/mistral-large"}, ROWS),
        ({"model": "azure/other"}, []),
        ({"run": RUN}, ROWS),
        ({"run": 3}, []),
        ({"person": BOB}, [row for row in ROWS if row[0] == 2]),
        ({"person": HOOK}, [(3, FIRST, "")]),
        ({"person": "nobody"}, []),
        ({"subscription": SECOND}, [(-1, SECOND, "reader"), (2, SECOND, "owner")]),
        ({"role": "owner"}, [(1, FIRST, "owner"), (2, SECOND, "owner")]),
        ({"role": ""}, [(3, FIRST, "")]),
        ({"state": "accepted"}, [row for row in ROWS if row[0] in {1, 2}]),
        ({"state": "failed"}, [(3, FIRST, "")]),
        ({"state": "excluded"}, [(-1, SECOND, "reader")]),
        ({"state": "pending"}, []),
        ({"role": "owner", "subscription": SECOND, "run": RUN, "state": "accepted", "person": BOB}, [(2, SECOND, "owner")]),
        ({"role": "owner", "person": OUT}, []),
    ],
)
def test_filters_are_combined_and_hold_in_every_form(empty: Site, asked: dict[str, Any], expected: list[tuple[int, str, str]]) -> None:
    all_told(empty)
    assert keys(empty.read(AUDIT, **asked)["rows"]) == expected
    assert keys(in_csv(empty.get(AUDIT, **asked, format="csv").text)) == expected
    assert keys(in_lines(empty.get(AUDIT, **asked, format="jsonl").text)) == expected


@pytest.mark.parametrize("asked", [{"state": "told"}, {"run": "x"}, {"run": 0}, {"model": "x"}, {"format": "xml"}, {"names": "true"}])
def test_what_cannot_be_asked_is_refused(empty: Site, asked: dict[str, Any]) -> None:
    for path in (AUDIT, GAPS):
        empty.refused(path, 422, **{"days": 1, **asked})
    empty.refused(GAPS, 422)
    empty.refused(GAPS, 422, days=1, date="legacy")


def test_a_row_tells_who_when_how_with_which_dates_and_how_far_ahead(empty: Site) -> None:
    all_told(empty)
    row = empty.read(AUDIT, person=BOB)["rows"][1]
    shown = {name: row[name] for name in ("id", "address", "state", "channel", "code", "attempts", "deprecated", "retired", "late")}
    dates = {"deprecated": "2025-04-15", "retired": "2025-08-01"}
    assert shown == {
        "id": BOB,
        "address": 2,
        "state": "accepted",
        "channel": "smtp",
        "code": "250",
        "attempts": 1,
        **dates,
        "late": ["deprecated"],
    }
    assert (row["lead_days_deprecated"], row["lead_days_retired"], row["accepted_at"][:10]) == (13, 121, "2025-04-02")


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ({"days": 13}, [-1, 3]),
        ({"days": 14}, [-1, 2, 2, 3]),
        ({"days": 73}, [-1, 2, 2, 3]),
        ({"days": 74}, [-1, 1, 2, 2, 3]),
        ({"days": 122, "date": "retired"}, [-1, 2, 2, 3]),
        ({"days": 14, "role": "owner"}, [2]),
        ({"days": 0, "state": "failed"}, [3]),
    ],
)
def test_gaps_are_those_who_were_told_later_or_never(empty: Site, asked: dict[str, Any], members: list[int]) -> None:
    all_told(empty)
    assert [row["member"] for row in empty.read(GAPS, **asked)["rows"]] == members
    assert [int(row["member"]) for row in in_csv(empty.get(GAPS, **asked, format="csv").text)] == members


def test_the_audit_is_told_as_it_was(empty: Site) -> None:
    run = audience_recorded(empty)
    before = empty.ledger.store.head().position
    deliver(empty.ledger, 1)
    deliver(empty.ledger, 1, Result.BOUNCED)
    empty.given(Acknowledge(key=KEY, run=run, recipient=2))
    states = {
        position: [(row["state"], row["acknowledged_at"] is not None) for row in empty.read(AUDIT, recorded_at=f"@{position}")["rows"]]
        for position in (before - 1, before, before + 1, before + 2, before + 3)
    }
    pending = ("pending", False)
    excluded = ("excluded", False)
    assert states == {
        before - 1: [],
        before: [excluded, pending, pending, pending, pending],
        before + 1: [excluded, ("accepted", False), pending, pending, pending],
        before + 2: [excluded, ("failed", False), pending, pending, pending],
        before + 3: [excluded, ("failed", False), ("pending", True), ("pending", True), pending],
    }
    assert empty.get(AUDIT, recorded_at=f"@{before}", format="jsonl").headers["lifecycle-position"] == str(before)


@pytest.mark.parametrize("path", [AUDIT, f"{GAPS}?days=100", f"{AUDIT}?person={BOB}", f"{AUDIT}?subscription={FIRST}&role=reader"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_add_up_and_stand_still_while_more_is_recorded(empty: Site, path: str, limit: int) -> None:
    audience_recorded(empty)
    whole = empty.read(path)["rows"]
    found, page = [], empty.read(path, limit=limit) if "?" not in path else empty.read(f"{path}&limit={limit}")
    deliver(empty.ledger, 1)
    deliver(empty.ledger, 2)
    while True:
        found += page["rows"]
        if not page["next"]:
            break
        page = empty.read(page["next"])
    assert found == whole


def test_a_cursor_belongs_to_its_question(empty: Site) -> None:
    all_told(empty)
    following = empty.read(f"{AUDIT}?limit=1")["next"]
    assert empty.refused(f"{following}&role=owner", 422)["type"] == "/problems/cursor-invalid"
    assert empty.refused(following.replace("audit", "gaps") + "&days=3", 422)["type"] == "/problems/cursor-invalid"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/jsonl", "application/jsonl"),
        ("text/csv;q=0.9, */*;q=0.1", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_the_form_is_what_the_sender_accepts_unless_it_is_named(empty: Site, accept: str, kind: str) -> None:
    all_told(empty)
    assert empty.get(AUDIT, headers={"Accept": accept}).headers["content-type"] == kind
    assert empty.get(AUDIT, headers={"Accept": accept}, format="jsonl").headers["content-type"] == "application/jsonl"
    assert "Accept" in empty.get(AUDIT, headers={"Accept": accept}).headers["vary"]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_take_for_a_formula_is_shown_as_text(empty: Site, text: str) -> None:
    audience_recorded(empty)
    deliver(empty.ledger, 1, code=text)
    (row,) = in_csv(empty.get(AUDIT, person=ANN, format="csv").text)
    assert row["code"] == f"'{text}"
    assert empty.read(AUDIT, person=ANN)["rows"][0]["code"] == text


def test_thousands_of_rows_are_streamed_whole_and_as_of_one_position(empty: Site) -> None:
    audience_recorded(empty, tuple((Member(f"p-{n:05}", PrincipalKind.USER, ((f"s-{n % 9}", "owner"),)), Reach(1)) for n in range(3500)))
    position = empty.ledger.store.head().position
    answered = empty.get(AUDIT, format="csv")
    rows = in_csv(answered.text)
    assert [int(row["member"]) for row in rows] == list(range(1, 3501))
    assert answered.headers["lifecycle-position"] == str(position)
    lines = in_lines(empty.get(AUDIT, format="jsonl", recorded_at=f"@{position - 2}").text)
    assert len(lines) == 2000
    assert len(in_lines(empty.get(GAPS, format="jsonl", days=10).text)) == 3500


def test_no_answer_names_anybody(empty: Site) -> None:
    all_told(empty)
    for path in (AUDIT, f"{GAPS}?days=1", "/v1/notices", f"/v1/notices/{RUN}"):
        assert "@" not in empty.get(path).text.replace("@app", "")
