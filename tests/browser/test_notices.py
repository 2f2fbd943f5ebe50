"""Finding who was not told, and taking it along, by keyboard and by pointer."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visit import Visit


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_who_was_not_told_is_found_and_exported(visit: Visit, tmp_path: Path, *, script: bool) -> None:
    page = visit.window(script=script)
    page.goto("/models/azure/mistral-large")
    page.locator("section[aria-labelledby=told]").get_by_role("link").first.click()
    page.wait_for_url("**/notices/runs/*")
    expect(page.locator("#people")).to_be_visible()
    page.get_by_label("State").select_option("excluded")
    page.locator("form", has=page.get_by_label("State")).get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**state=excluded*")
    rows = page.locator("table.people tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("service principal")
    person = rows.first.get_by_role("rowheader").inner_text().split()[0]
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all rows as CSV").press("Enter")
    saved = tmp_path / "audit.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8", newline="") as file:
        (told,) = csv.DictReader(file)
    assert (told["id"], told["state"]) == (person, "excluded")


def test_everybody_who_was_not_told_so_many_days_ahead(visit: Visit) -> None:
    page = visit.window()
    page.goto("/notices")
    page.get_by_role("link", name="Who was not told in time").click()
    page.wait_for_url("**/notices/gaps")
    expect(page.locator("table.people tbody tr")).to_have_count(1)
    days = page.get_by_label("Days before")
    days.fill("36000")
    days.press("Enter")
    page.wait_for_url("**days=36000*")
    assert page.locator("table.people tbody tr").count() > 10
    page.locator("table.people tbody tr").nth(3).get_by_role("link").nth(2).click()
    page.wait_for_url("**/notices/people/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Told to")


def test_a_subscription_is_looked_for(visit: Visit) -> None:
    page = visit.window()
    page.goto("/notices")
    page.get_by_label("Find a run").fill("5ab00000-0000-4000-8000-000000000001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notices/subscriptions/*")
    expect(page.get_by_role("heading", name="Roles and deployments")).to_be_visible()
    page.get_by_label("Roles and deployments at").fill("2020-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody held a role here.")).to_be_visible()
