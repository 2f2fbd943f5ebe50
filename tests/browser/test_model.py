"""One model's life: why a stage holds, where its replacements lead, and what machines find there."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import Visit

ADDRESS = "/models/azure/mistral-large"
ADA = "/models/azure-openai/text-embedding-ada-002?scope.version=2&valid_at=2025-05-01"


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_why_it_was_generally_available_in_december(visit: Visit, *, script: bool) -> None:
    page = visit.window(script=script)
    page.goto("/")
    page.get_by_label("Search").fill("mistral-large")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=mistral-large*")
    page.get_by_role("link", name="azure/mistral-large", exact=True).first.click()
    page.wait_for_url(f"**{ADDRESS}*")
    at = page.get_by_label("Day or instant").first
    at.fill("2024-12-14")
    at.press("Enter")
    page.wait_for_url("**valid_at=2024-12-14*")
    expect(page.locator("#sentence")).to_contain_text("Generally available")
    reason = page.locator("tr.decides")
    expect(reason).to_contain_text("decides")
    entry = reason.get_by_role("rowheader").get_by_role("link")
    position = entry.inner_text()
    entry.click()
    page.wait_for_url(f"**/ledger/entries/{position}")
    expect(page.locator("pre", has_text="mistral-large").first).to_be_visible()


def test_replacements_are_followed_each_with_its_own_stage(page: Page) -> None:
    page.goto(f"{ADDRESS}?valid_at=2025-01-20")
    step = page.locator("ul.chain > li").first
    expect(step.locator(".stage").first).to_be_visible()
    name = step.get_by_role("link").first
    expect(name).to_have_text("azure/mistral-large-2407")
    name.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/azure/mistral-large-2407?valid_at=2025-01-20")
    expect(page.locator("#sentence")).not_to_be_empty()


def test_a_floor_that_was_moved_is_seen_by_going_back(page: Page) -> None:
    page.goto(f"{ADA}&known_at=2024-11-01")
    expect(page.locator("#life + p + .scroll svg").last).to_be_visible()
    expect(page.get_by_text("not before 3 April 2025").first).to_be_visible()
    page.goto(ADA)
    assert "not before 3 April 2025" not in page.locator("#sentence").inner_text()


def test_every_address_for_machines_answers(page: Page) -> None:
    page.goto(ADDRESS)
    links = page.locator("section[aria-labelledby=machines] a")
    addresses = [link.get_attribute("href") or "" for link in links.all()]
    assert len(addresses) == 8
    for address in addresses:
        assert page.request.get(address).status == 200, address


def test_what_changed_between_two_days_leads_to_the_model(page: Page) -> None:
    page.goto("/compare?from=2024-11-21&to=2024-11-23&catalog=azure")
    page.get_by_role("link", name="azure/mistral-large", exact=True).first.click()
    page.wait_for_url(f"**{ADDRESS}*")


def test_the_ledger_shows_what_is_recorded_while_it_is_looked_at(page: Page) -> None:
    page.goto("/ledger")
    rows = page.locator("#feed tbody tr")
    expect(page.locator("#feed-state")).not_to_be_empty()
    newest = int(rows.first.get_by_role("rowheader").inner_text())
    listing = {"catalog": "azure", "model": "brand-new", "name": "Brand new", "announced_at": "2024-11-22", "source": {"name": "test"}}
    listed = page.request.post("/v1/models", data=listing, headers={"Idempotency-Key": "browser"})
    assert listed.status == 201, listed.text()
    expect(rows.first.get_by_role("rowheader")).to_have_text(str(newest + 1))
    expect(rows.first).to_contain_text("azure/brand-new")


def test_nothing_moves_for_those_who_want_it_so(visit: Visit) -> None:
    page = visit.window()
    page.emulate_media(reduced_motion="reduce")
    page.goto(ADDRESS)
    moving = "[...document.querySelectorAll('*')].filter(each => parseFloat(getComputedStyle(each).transitionDuration) > 0.01).length"
    assert page.evaluate(moving) == 0


def test_it_prints_without_what_is_only_for_the_screen(page: Page) -> None:
    page.goto(ADDRESS)
    page.emulate_media(media="print")
    expect(page.locator("form.ask")).to_be_hidden()
    expect(page.locator("#sentence")).to_be_visible()


def test_the_file_is_verified_when_somebody_asks_for_it(page: Page) -> None:
    page.goto("/ledger")
    page.get_by_role("button", name="Verify it now").press("Enter")
    page.wait_for_url("**/ledger#verified")
    for _ in range(60):
        if page.get_by_text("every stored byte is what was recorded").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("every stored byte is what was recorded")).to_be_visible()
