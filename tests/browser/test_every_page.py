"""What holds for every page, in both themes and at two widths."""

import pytest
from playwright.sync_api import Page

from tests.browser.visit import Theme, Visit, is_too_wide, violations

PAGES = {
    "home": "/",
    "home then": "/?valid_at=2024-12-20&known_at=2025-01-05",
    "model": "/models/azure/mistral-large",
    "model then": "/models/azure/mistral-large?valid_at=2025-01-20&known_at=2025-01-05",
    "parts": "/models/azure-openai/gpt-35-turbo",
    "compare": "/compare?from=2024-11-01&to=2024-12-15",
    "ledger": "/ledger",
    "entry": "/ledger/entries/2",
    "notices": "/notices",
    "run": "/notices/runs/159",
    "gaps": "/notices/gaps?days=36000",
    "subscription": "/notices/subscriptions/5ab00000-0000-4000-8000-000000000001",
    "announce": "/announce?model=azure/mistral-large",
    "sign in": "/sign-in",
    "refused": "/ledger/entries/0",
    "no such page": "/?valid_at=soon",
}
ERRORS = {"refused", "no such page"}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_shut_out(visit: Visit, name: str, theme: Theme) -> None:
    for width in (1280, 360):
        page = visit.window(theme=theme, width=width)
        page.goto(PAGES[name])
        assert violations(page) == []
        assert not is_too_wide(page), width
    if name in ERRORS:
        visit.complaints[:] = [each for each in visit.complaints if "status of 4" not in each]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out_of_what_one_person_was_told(visit: Visit, theme: Theme) -> None:
    for width in (1280, 360):
        page = visit.window(theme=theme, width=width)
        page.goto("/notices/gaps?days=36000")
        page.goto(page.locator('a[href^="/notices/people/"]').first.get_attribute("href") or "")
        assert violations(page) == []
        assert not is_too_wide(page), width


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit, name: str) -> None:
    page = visit.window()
    page.goto(PAGES[name])
    wanted = page.locator("a[href], button, input:not([type=hidden]), select, summary, textarea").count()
    reached = 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    while reached < min(wanted, 60) and page.evaluate("document.activeElement !== document.body"):
        assert has_outline(page), page.evaluate("document.activeElement.outerHTML")
        reached += 1
        page.keyboard.press("Tab")
    assert reached >= min(wanted, 60) - 1
    if name in ERRORS:
        visit.complaints.clear()


def has_outline(page: Page) -> bool:
    return bool(page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
