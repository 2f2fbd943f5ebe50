"""Announcing by a form: checked first, recorded as it was checked, once, by whoever may."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from httpx2 import Response

from api.pages.announce.outcome import KEY_START
from domain.commands import AdoptPolicy
from domain.events import RetirementAnnounced
from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.api.access.guarded import Guarded, guarded
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL
from tests.api.pages.html import Read
from tests.api.pages.signing_in.browser import HOME, OWN, Browser

LARGE = "azure/mistral-large"
DEPLOYED = {"subscription": "sub-1", "deployment": "account/chat", "model": LARGE}
ANNA = {"id": "anna-id", "name": "Anna Berg", "address": "anna@example.com"}
PLAN = {
    "model": LARGE,
    "legacy_kind": "on",
    "legacy_date": "2025-03-15",
    "deprecated_kind": "on",
    "deprecated_date": "2025-04-20",
    "retired_kind": "on",
    "retired_date": "2025-08-01",
    "replacements": "azure/mistral-large-2407\nazure/mistral-large-2411",
    "source_name": "provider page",
    "on_policy_breach": "refuse",
}


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path) as there:
        admin = there.key("first", "admin")
        there.site.post("/v1/models", LISTING, headers=admin)
        there.site.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
        roles = [{"subscription": "sub-1", "principal": ANNA, "role": "Owner"}]
        there.site.post("/v1/directory/imports", {"source": "listing", "roles": roles, "deployments": [DEPLOYED]}, headers=admin)
        yield there


@pytest.fixture
def browser(found: Guarded) -> Browser:
    there = Browser(found)
    there.sign_in("admin", name="provider")
    return there


def entries(found: Guarded) -> int:
    return found.site.ledger.store.head().position


def sent(browser: Browser, do: str = "check", **changed: str) -> Response:
    return browser.post("/announce", {"csrf": browser.fields("/announce")["csrf"], **PLAN, "do": do, **changed})


def recording(page: str) -> dict[str, str]:
    """The fields of the form that records what was checked."""
    return {**Read(page[page.index('id="recording"') :]).fields, "do": "record"}


def test_a_check_shows_what_would_change_and_who_would_be_told_and_records_nothing(browser: Browser, found: Guarded) -> None:
    before = entries(found)
    answer = sent(browser)
    page = Read(answer.text)
    assert answer.status_code == 200
    assert entries(found) == before
    assert ["D Deprecated", "none", "20 April 2025 changes"] in page.table()
    assert "1 person in 1 subscription" in page.text
    assert "Generally available" in page.text
    assert "anna" not in answer.text.lower()
    assert "azure/mistral-large-2407" in page.text


def test_what_was_checked_is_recorded_once_in_the_name_of_who_signed_in(browser: Browser, found: Guarded) -> None:
    before, form = entries(found), recording(sent(browser).text)
    first, again = browser.post("/announce", form), browser.post("/announce", form)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    (announced, *_) = found.site.ledger.store.log(before)
    assert (announced.actor, announced.stream) == ("key:provider", f"model:{LARGE}")
    assert form["command_key"].startswith(KEY_START)
    shown = Read(browser.get(first.headers["location"]).text)
    assert f"Recorded as entry {announced.position}" in shown.text
    assert sum(entry.stream == f"model:{LARGE}" for entry in found.site.ledger.store.log(before)) == 1


def test_what_moved_on_meanwhile_is_shown_anew_and_not_recorded_over(browser: Browser, found: Guarded) -> None:
    form = recording(sent(browser).text)
    found.site.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "announced_at": "2025-01-31"}, headers=found.key("other", "admin"))
    before = entries(found)
    answer = browser.post("/announce", form)
    assert answer.status_code == 409
    assert "has changed since you checked" in Read(answer.text).text
    assert entries(found) == before
    assert browser.post("/announce", recording(answer.text)).status_code == 303


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"model": ""}, "model", "Say which model"),
        ({"model": "mistral"}, "model", "catalog/model"),
        ({"model": "azure/nonesuch"}, "model", "nonesuch"),
        ({"legacy_date": ""}, "legacy_date", "Give the date"),
        ({"legacy_kind": ""}, "legacy_kind", "Say what the date means"),
        ({"legacy_kind": "someday"}, "legacy_kind", "Choose one"),
        ({"retired_date": "2025-02-30"}, "retired_date", "2025-02-30"),
        ({"label": "zombie"}, "label", "Choose one"),
        ({"replacements": "azure/mistral-large"}, "replacements", "itself"),
        ({"source_name": ""}, "source_name", "Say who announces"),
        ({"source_address": "javascript:alert(1)"}, "source_address", "web address"),
        ({"announced_at": "2030-01-01"}, "announced_at", "lies ahead"),
        ({"announced_at": "soon"}, "announced_at", "soon"),
        ({"deprecated_date": "2025-03-01"}, "deprecated_date", "order"),
        ({"deprecated_date": "2025-03-20"}, "on_policy_breach", "policy asks for 30"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_in_the_summary(
    browser: Browser, found: Guarded, changed: dict[str, str], field: str, words: str
) -> None:
    before = entries(found)
    answer = sent(browser, **changed)
    page = Read(answer.text)
    assert answer.status_code == 422
    assert f"#{field}" in page.links.values()
    invalid = [given for tag, given in page.tags if given.get("aria-invalid") == "true"]
    assert [given["id"] for given in invalid] == [field]
    assert f"{field}-error" in str(invalid[0]["aria-describedby"])
    assert words in page.text
    for name, value in {**PLAN, **changed}.items():
        if name not in {"replacements", "label"} and not name.endswith("_kind"):
            assert not value or f'value="{value}"' in answer.text, "what was filled in is kept"
    assert sent(browser, do="record", **changed).status_code in {409, 422, 428}
    assert entries(found) == before


def test_a_breach_is_recorded_where_the_provider_says_so(browser: Browser) -> None:
    short = {"deprecated_date": "2025-03-20"}
    assert "cannot be recorded as it stands" in sent(browser, **short).text
    checked = sent(browser, **short, on_policy_breach="record")
    assert checked.status_code == 200
    assert browser.post("/announce", recording(checked.text)).status_code == 303


@pytest.mark.parametrize(("scopes", "status"), [(("announce:azure", "read"), 303), (("announce:other", "read"), 403)])
def test_limits_of_those_who_announce_hold(found: Guarded, scopes: tuple[str, ...], status: int) -> None:
    browser = Browser(found)
    browser.sign_in(*scopes, name="limited")
    checked = sent(browser)
    if status == 303:
        assert browser.post("/announce", recording(checked.text)).status_code == 303
    else:
        assert checked.status_code in {403, 422}
        assert "Record this announcement" not in checked.text


def test_hostile_texts_are_shown_as_texts(browser: Browser) -> None:
    hostile = '"><script>alert(1)</script>'
    for field in PLAN:
        assert "<script>alert" not in sent(browser, **{field: hostile}).text


def test_a_part_of_a_model_can_be_announced(browser: Browser, found: Guarded) -> None:
    before = entries(found)
    checked = sent(browser, model=f"{LARGE}@2402", scope_region="westeurope")
    assert browser.post("/announce", recording(checked.text)).status_code == 303
    event = next(iter(found.site.ledger.store.log(before))).event
    assert isinstance(event, RetirementAnnounced)
    assert dict(event.scope.pairs) == {"region": "westeurope", "version": "2402"}


def test_two_versions_of_one_announcement_are_told_apart(browser: Browser) -> None:
    answer = sent(browser, model=f"{LARGE}@2402", scope_version="2407")
    assert answer.status_code == 422
    assert "names another version" in Read(answer.text).text


def test_the_form_begins_with_the_model_of_the_page_before(browser: Browser) -> None:
    assert browser.fields(f"/announce?{urlencode({'model': LARGE})}")["model"] == LARGE


def test_an_address_that_claims_a_record_is_believed_only_if_there_is_one(browser: Browser) -> None:
    for recorded in ("1", "999", "x", ""):
        page = Read(browser.get(f"/announce?{urlencode({'model': LARGE, 'recorded': recorded})}").text).text
        assert ("Recorded as" in page) is (recorded == "1")


@pytest.mark.parametrize("name", ["command_key", "version"])
def test_a_record_without_its_check_is_refused(browser: Browser, found: Guarded, name: str) -> None:
    form, before = recording(sent(browser).text), entries(found)
    del form[name]
    assert browser.post("/announce", form).status_code in {400, 422, 428}
    assert entries(found) == before


def test_a_form_of_another_site_records_nothing(browser: Browser, found: Guarded) -> None:
    form, before = recording(sent(browser).text), entries(found)
    answer = browser.post("/announce", form, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert entries(found) == before
    assert found.site.client.post(f"{HOME}/announce", data={**form, "csrf": ""}, headers=OWN).status_code == 403
