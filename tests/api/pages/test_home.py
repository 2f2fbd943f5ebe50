"""Home: every model at a point on the clocks."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.api.http.apps import LISTING, MISTRAL, SOURCE, Site, site
from tests.api.pages.html import Read

FLOOR = {"announced_at": "2024-10-03", "retired": {"not_before": "2027-04-03"}, "source": SOURCE}
MOVED = {"announced_at": "2025-01-25", "retired": {"on": "2025-06-15"}, "source": SOURCE}


@pytest.fixture(scope="module")
def shown() -> Iterator[Site]:
    with site() as found:
        found.list_and_announce()
        found.post(f"{MISTRAL}/announcements", MOVED)
        ada = {**LISTING, "catalog": "azure-openai", "model": "ada", "name": "Ada", "provider": "OpenAI", "announced_at": "2024-10-01"}
        found.post("/v1/models", ada)
        found.post("/v1/models/azure-openai/ada/announcements", FLOOR)
        yield found


def read(shown: Site, query: str = "", status: int = 200) -> Read:
    return Read(shown.get(f"/{query}", status).text)


def models(page: Read) -> dict[str, list[str]]:
    return {row[0].split()[0]: row[1:3] for row in page.table()[1:]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?valid_at=2024-12-01&known_at=2024-10-02", {"azure-openai/ada": ["G Generally available", "none"]}),
        ("?valid_at=2024-12-01&known_at=2024-10-03", {"azure-openai/ada": ["G Generally available", "Retired not before 3 April 2027"]}),
        (
            "?valid_at=2025-05-01&known_at=2025-01-01",
            {
                "azure/mistral-large": ["R Retired", "none"],
                "azure-openai/ada": ["G Generally available", "Retired not before 3 April 2027"],
            },
        ),
        (
            "?valid_at=2025-05-01&known_at=2025-01-25",
            {
                "azure/mistral-large": ["D Deprecated", "Retired 15 June 2025"],
                "azure-openai/ada": ["G Generally available", "Retired not before 3 April 2027"],
            },
        ),
    ],
)
def test_moving_known_at_shows_what_was_known_then(shown: Site, query: str, expected: dict[str, list[str]]) -> None:
    told = {name: row for name, row in models(read(shown, query)).items() if row[0] != "? Not known then"}
    assert told == expected


def test_what_comes_next_goes_first_and_floors_that_passed_last(shown: Site) -> None:
    assert [*models(read(shown, "?valid_at=2025-05-01&known_at=2025-01-28"))] == ["azure/mistral-large", "azure-openai/ada"]
    assert [*models(read(shown, "?valid_at=2025-05-01&known_at=2025-01-28&sort=name"))] == ["azure/mistral-large", "azure-openai/ada"]
    assert [*models(read(shown, "?valid_at=2026-01-01&known_at=2025-01-28&sort=stage"))] == ["azure-openai/ada", "azure/mistral-large"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("catalog=azure", ["azure/mistral-large"]),
        ("provider=OpenAI", ["azure-openai/ada"]),
        ("stage=retired", ["azure/mistral-large"]),
        ("q=LARGE", ["azure/mistral-large"]),
        ("q=open+ada", ["azure-openai/ada"]),
        ("finding=imprecise_date", []),
        ("catalog=nowhere", []),
        ("utm_source=mail", ["azure-openai/ada", "azure/mistral-large"]),
    ],
)
def test_filters_choose(shown: Site, query: str, expected: list[str]) -> None:
    assert sorted(models(read(shown, f"?valid_at=2026-01-01&known_at=2025-01-28&{query}"))) == sorted(expected)


@pytest.mark.parametrize(
    "query", ["?valid_at=soon", "?known_at=2999-01-01", "?stage=dead", "?page=0", "?page=x", "?recorded_at=@x", "?sort=%00"]
)
def test_what_cannot_be_read_is_told_on_a_page(shown: Site, query: str) -> None:
    answer = shown.client.get(f"/{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "cannot" in Read(answer.text).text or "future" in Read(answer.text).text.lower() or "lies ahead" in Read(answer.text).text


def test_a_slider_that_was_moved_goes_before_what_is_typed(shown: Site) -> None:
    page = read(shown, "?valid_at=2025-05-01&known_at=2025-01-28")
    steps = next(given["data-days"].split() for given in page.attributes("input") if given.get("name") == "valid_at_step")
    seen = page.fields["valid_at_seen"]
    sent = f"?valid_at=2025-05-01&known_at=2025-01-28&valid_at_step={steps.index('2025-01-15')}&valid_at_seen={seen}"
    answer = shown.client.get(f"/{sent}&known_at_step=1&known_at_seen=1", follow_redirects=False)
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"valid_at": ["2025-01-15"], "known_at": ["2025-01-28"]}


def test_a_slider_at_now_takes_the_clock_out_of_the_address(shown: Site) -> None:
    page = read(shown, "?known_at=2025-01-28")
    steps = next(given["data-days"].split() for given in page.attributes("input") if given.get("name") == "known_at_step")
    answer = shown.client.get(f"/?known_at=2025-01-28&known_at_step={steps.index('now')}&known_at_seen=0&q=ada", follow_redirects=False)
    assert answer.headers["location"] == "/?q=ada"


def test_steps_lead_to_the_moments_before_and_after(shown: Site) -> None:
    page = read(shown, "?valid_at=2025-01-20&known_at=2025-01-28")
    assert page.links["← 15 January 2025"] == "/?valid_at=2025-01-15&known_at=2025-01-28"
    assert page.links["now →"] == "/?known_at=2025-01-28"
    assert page.links["← 25 January 2025"] == "/?valid_at=2025-01-20&known_at=2025-01-25"
    later = read(shown, "?valid_at=2025-05-01&known_at=2025-01-28")
    assert later.links["15 June 2025 →"] == "/?valid_at=2025-06-15&known_at=2025-01-28"


def test_what_was_recorded_by_a_position_is_shown(shown: Site) -> None:
    assert models(read(shown, "?recorded_at=@2&valid_at=2025-05-01&known_at=2025-01-28"))["azure/mistral-large"] == ["R Retired", "none"]


def test_a_browser_that_has_the_page_is_told_so(shown: Site) -> None:
    first = shown.get("/?valid_at=2025-05-01&known_at=2025-01-28")
    again = shown.client.get("/?valid_at=2025-05-01&known_at=2025-01-28", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_hostile_names_stay_text() -> None:
    with site() as own:
        own.post("/v1/models", {**LISTING, "model": "a-b", "name": "<script>alert(1)</script>", "provider": '"><img src=x onerror=y>'})
        text = own.get("/").text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;img src=x onerror=y&gt;" in text


def test_an_empty_ledger_says_what_to_do() -> None:
    with site() as own:
        page = Read(own.get("/").text)
    assert "This ledger holds no model yet" in page.text


def test_models_are_shown_page_by_page() -> None:
    with site() as own:
        for number in range(101):
            own.post("/v1/models", {**LISTING, "model": f"m{number:03}", "name": f"M {number}"})
        first, second = Read(own.get("/?sort=name").text), Read(own.get("/?sort=name&page=2").text)
    assert len(models(first)) == 100
    assert [*models(second)] == ["azure/m100"]
    assert first.links["Next"] == "/?sort=name&page=2"
    assert second.links["Previous"] == "/?sort=name"


def test_under_a_path_of_its_own_all_addresses_begin_with_it(shown: Site) -> None:
    with TestClient(shown.app, root_path="/ledger") as client:
        page = Read(client.get("/ledger/?valid_at=2025-05-01").text)
    local = [given["href"] for given in page.attributes("a") + page.attributes("link") if given.get("href", "").startswith("/")]
    assert local
    assert all(address.startswith("/ledger/") for address in local), local


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999Z"])
def test_time_has_two_ends(shown: Site, day: str) -> None:
    assert "Models" in read(shown, f"?valid_at={day}").heading
    assert read(shown, f"?known_at={day}", 200 if day < "2" else 422).heading
