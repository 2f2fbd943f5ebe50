"""Home, by keyboard and by pointer, with and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import Visit

LARGE = "azure/mistral-large"


def models(page: Page) -> list[str]:
    return [text.split()[0] for text in page.locator(".lives tbody th").all_inner_texts()]


def test_typing_finds_a_model(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Search").press_sequentially("mistral-large-2407")
    expect(page.locator(".lives tbody tr")).to_have_count(1)
    assert models(page) == ["azure/mistral-large-2407"]
    assert page.url.endswith("/?q=mistral-large-2407&sort=next")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_a_search_is_sent_with_the_keyboard(visit: Visit, *, script: bool) -> None:
    page = visit.window(script=script)
    page.goto("/")
    page.get_by_label("Search").fill("mistral-large")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=mistral-large*")
    expect(page.locator(".lives tbody tr")).to_have_count(2)
    page.get_by_role("link", name=LARGE, exact=True).first.click()
    page.wait_for_url(f"**/models/{LARGE}*")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_sliders_move_through_the_moments_at_which_something_changed(visit: Visit, *, script: bool) -> None:
    page = visit.window(script=script)
    page.goto("/?catalog=azure&valid_at=2024-12-15&known_at=2024-12-01")
    row = page.locator(".lives tbody tr", has_text="azure/mistral-large").first
    expect(row).to_contain_text("Legacy")
    slide = page.get_by_label("In the world at, moment by moment")
    slide.focus()
    page.keyboard.press("ArrowRight")
    if not script:
        page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Day or instant").first).not_to_have_value("2024-12-15")
    slide = page.get_by_label("As known at, moment by moment")
    slide.focus()
    page.keyboard.press("Home")
    if not script:
        page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status").first).to_contain_text("as known on")
    assert "known_at=" in page.url
    assert "_step" not in page.url, "an address that can be shared"


def test_an_address_shows_the_same_to_somebody_else(visit: Visit) -> None:
    first, second = visit.window(), visit.window()
    first.goto("/?valid_at=2025-01-20&known_at=2025-01-05&catalog=azure")
    first.get_by_label("Stage").select_option("deprecated")
    expect(first.locator(".lives tbody tr")).to_have_count(1)
    second.goto(first.url)
    assert models(second) == models(first) == [LARGE]


def test_a_moment_is_stepped_to_by_a_link(page: Page) -> None:
    page.goto("/?valid_at=2025-01-15&catalog=azure&known_at=2025-01-05")
    page.get_by_role("link", name="→").first.click()
    expect(page.get_by_label("Day or instant").first).not_to_have_value("2025-01-15")


def test_what_cannot_be_read_is_told_and_can_be_left(visit: Visit) -> None:
    page = visit.window()
    page.goto("/?valid_at=soon")
    expect(page.get_by_role("heading", level=1)).to_have_text("This address cannot be read")
    page.get_by_role("link", name="All models").click()
    page.wait_for_url("**/")
    visit.complaints.clear()
