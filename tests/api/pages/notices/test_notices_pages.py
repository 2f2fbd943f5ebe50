"""The pages of notices: the same numbers as the API's, under opaque ids, and the way from one to the other."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.commands import AdoptPolicy
from domain.directory.commands import RecordErasure
from domain.directory.events import PrincipalKind
from domain.notices.audience import Member, Reach
from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.api.access.guarded import guarded
from tests.api.http.apps import LISTING, Site, site
from tests.api.http.told import ANN, BOB, FIRST, HOOK, OUT, SECOND, all_told, audience_recorded
from tests.api.pages.html import Read


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Site, int]]:
    with site() as found:
        yield found, all_told(found)


def read(found: Site, path: str, status: int = 200) -> Read:
    return Read(found.get(path, status).text)


def test_all_runs_with_the_numbers_of_the_api(told: tuple[Site, int]) -> None:
    found, run = told
    of = found.read(f"/v1/notices/{run}")
    (row,) = [row for row in read(found, "/notices").table() if row[0] == str(run)]
    numbers = [of[name] for name in ("expected", "accepted", "late", "pending", "failed", "excluded")]
    assert row[5:] == [str(number) for number in numbers]
    assert row[1] == "azure/mistral-large announced"


@pytest.mark.parametrize(
    ("query", "shown"),
    [("model=azure/mistral-large", True), ("model=azure/other", False), ("open=true&model=", True), ("recorded_at=@1", False)],
)
def test_runs_are_filtered(told: tuple[Site, int], query: str, *, shown: bool) -> None:
    found, run = told
    assert (str(run) in [row[0] for row in read(found, f"/notices?{query}").table() if row]) is shown


def test_runs_come_in_pages() -> None:
    with site() as found:
        run = audience_recorded(found)
        for day in range(1, 28):
            moved = {"retired": {"on": f"2025-12-{day:02}"}, "source": {"name": "mail"}}
            found.post("/v1/models/azure/mistral-large/announcements", moved)
        first = read(found, "/notices")
        second = read(found, f"/notices{first.links['Earlier runs']}")
        numbers = [int(row[0]) for page in (first, second) for row in page.table() if row[0].isdecimal()]
        assert len(numbers) == len(set(numbers)) == 28
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[-1] == run


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{run}", "/notices/runs/{run}"),
        ("@{run}", "/notices/runs/{run}"),
        ("azure/mistral-large", "/notices?model=azure/mistral-large"),
        (f" {FIRST} ", f"/notices/subscriptions/{FIRST}"),
        (ANN, f"/notices/people/{ANN}"),
        ("../x?y", "/notices?model=../x%3Fy"),
    ],
)
def test_what_is_looked_for_is_led_to(told: tuple[Site, int], text: str, path: str) -> None:
    found, run = told
    answer = found.client.get("/notices", params={"find": text.format(run=run)}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path.format(run=run))


def test_one_run_adds_up_and_tells_its_people(told: tuple[Site, int]) -> None:
    found, run = told
    page = read(found, f"/notices/runs/{run}")
    table = page.table()
    assert ["4", "2", "1", "0", "1", "1"] in table
    assert ["R Retired", "none", "1 August 2025"] in table
    rows = found.read(f"/v1/notices/audit?run={run}")["rows"]
    people = [row for row in table if row and row[0].split()[0] in {ANN, BOB, HOOK, OUT}]
    assert [(row[0], row[1], row[2] if row[2] != "webhook" else "") for row in people] == [
        (row["id"], row["subscription"], row["role"]) for row in rows
    ]
    assert [row[3].split()[0] for row in people] == [row["state"] for row in rows]
    assert any("late" in row[3] for row in people)
    assert "notices_late" in page.text


@pytest.mark.parametrize(
    ("query", "ids"),
    [("state=excluded", [OUT]), ("state=failed", [HOOK]), ("role=owner", [ANN, BOB]), (f"subscription={SECOND}&role=", [OUT, BOB])],
)
def test_its_people_are_filtered(told: tuple[Site, int], query: str, ids: list[str]) -> None:
    found, run = told
    table = read(found, f"/notices/runs/{run}?{query}").table()
    assert [row[0] for row in table if row and row[0] in {ANN, BOB, HOOK, OUT}] == ids


def test_a_run_is_seen_as_it_stood(told: tuple[Site, int]) -> None:
    found, run = told
    assert ["4", "0", "0", "3", "0", "1"] in read(found, f"/notices/runs/{run}?recorded_at=@{run + 1}").table()


def test_who_was_not_told_in_time(told: tuple[Site, int]) -> None:
    found, _ = told
    for query in ("", "?days=30&date=deprecated", "?days=0&date=retired", "?days=1000&date=retired&state=accepted"):
        page = read(found, f"/notices/gaps{query}")
        asked = query or "?days=30&date=deprecated"
        rows = found.read(f"/v1/notices/gaps{asked}")["rows"]
        shown = [row[3] for row in page.table() if len(row) > 8 and row[0].isdecimal()]
        assert shown == [row["id"] for row in rows]


def test_all_that_one_person_was_told(told: tuple[Site, int]) -> None:
    found, run = told
    page = read(found, f"/notices/people/{BOB}")
    rows = [row for row in page.table() if row[0] == str(run)]
    assert [(row[3], row[4]) for row in rows] == [(FIRST, "reader"), (SECOND, "owner")]
    assert read(found, "/notices/people/nobody", 404).heading == "No such person"
    for known in (f"{BOB}?state=failed", f"{HOOK}?state=accepted"):
        assert "Nobody fits" in read(found, f"/notices/people/{known}").text


@pytest.mark.parametrize("path", ["/notices/runs/{run}", "/notices/gaps?days=1000", "/notices/people/{bob}"])
def test_what_is_shown_is_exported_as_the_api_gives_it(told: tuple[Site, int], path: str) -> None:
    found, run = told
    page = read(found, path.format(run=run, bob=BOB))
    link = page.links["Export all rows as CSV"]
    export = found.get(link)
    assert export.headers["content-type"].startswith("text/csv")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    kind = "gaps" if "days" in query else "audit"
    assert export.text == found.client.get(f"/v1/notices/{kind}", params={"format": "csv", **query}).text
    assert export.text.count("\r\n") > 1


def test_pages_of_people_follow_each_other() -> None:
    members = tuple((Member(f"p-{n:04}", PrincipalKind.USER, ((FIRST, "owner"),)), Reach(n + 1)) for n in range(120))
    with site() as found:
        run = audience_recorded(found, members)
        page, ids = read(found, f"/notices/runs/{run}?state=pending"), list[str]()
        while True:
            ids += [row[0] for row in page.table() if row and row[0].startswith("p-")]
            following = page.links.get("Next page")
            if following is None:
                break
            page = read(found, f"/notices/runs/{run}{following}")
        assert ids == [f"p-{n:04}" for n in range(120)]
        assert found.get(f"/notices/runs/{run}?state=failed&{following_query(found, run)}", 422)


def following_query(found: Site, run: int) -> str:
    return "cursor=" + parse_qs(urlsplit(read(found, f"/notices/runs/{run}?state=pending").links["Next page"]).query)["cursor"][0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/notices/runs/1", 404),
        ("/notices/runs/x", 422),
        ("/notices/runs/99999999999999999999", 422),
        ("/notices?cursor=nonsense", 422),
        ("/notices?recorded_at=@999999", 422),
        ("/notices?model=nonsense", 422),
        ("/notices?nonsense=1", 422),
        ("/notices/gaps?days=-1", 422),
        ("/notices/gaps?days=many", 422),
        ("/notices/subscriptions/nonesuch", 404),
    ],
)
def test_what_cannot_be_shown_is_told_on_a_page(told: tuple[Site, int], path: str, status: int) -> None:
    found, _ = told
    answer = found.client.get(path)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.status_code in {status, 400} if status == 422 else answer.status_code == status


def test_an_empty_ledger_says_what_to_do() -> None:
    with site() as found:
        assert "lifecycle directory import" in read(found, "/notices").text
        assert "Nobody fits" in read(found, "/notices/gaps").text


ROLE = {"subscription": "sub-1", "principal": {"id": "anna-id", "name": "Anna <i>Berg", "address": "anna@example.com"}, "role": "Owner"}


@pytest.fixture
def directory() -> Iterator[Site]:
    with site() as found:
        found.post("/v1/models", LISTING)
        found.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
        deployment = {"subscription": ROLE["subscription"], "deployment": "<u>chat", "model": "azure/mistral-large"}
        found.post("/v1/directory/imports", {"source": "listing", "roles": [ROLE], "deployments": [deployment]})
        yield found


def test_a_subscription_shows_its_roles_and_deployments_at_any_time(directory: Site) -> None:
    path = "/notices/subscriptions/sub-1"
    answer = directory.get(path)
    assert "<u>chat" not in answer.text
    page = Read(answer.text)
    person = directory.read(f"/v1/subscriptions/{path.rpartition('/')[2]}")["roles"][0]["principal"]
    assert ["owner", person] in [row[:2] for row in page.table()]
    assert "anna" not in answer.text.lower()
    linked = read(directory, page.links[person])
    assert "Nobody fits" in linked.text, "nothing has had to be told yet"
    before = read(directory, f"{path}?at=2020-01-01")
    assert "Nobody held a role here" in before.text
    assert "Nothing was deployed here" in before.text


def test_who_was_erased_is_shown_as_such() -> None:
    with site() as found:
        run = all_told(found)
        found.ledger.execute(RecordErasure(person=ANN))
        erased_at = found.ledger.store.head().position
        page = read(found, f"/notices/people/{ANN}")
        assert "This person was erased on" in page.text
        assert str(run) in [row[0] for row in page.table()]
        assert "erased on" not in read(found, f"/notices/people/{ANN}?recorded_at=@{erased_at - 1}").text
        people = [row[0] for row in read(found, f"/notices/runs/{run}").table() if row]
        assert f"{ANN} erased" in people
        assert BOB in people


def test_only_who_may_sees_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    with guarded(tmp_path_factory.mktemp("guarded")) as found:
        reader, clerk = found.key("reader", "read", "announce"), found.key("clerk", "notices")
        for path in ("/notices", "/notices/gaps", "/notices/audit.csv"):
            assert found.site.client.get(path, headers=reader).status_code == 403
            assert found.site.client.get(path, headers=clerk).status_code == 200
