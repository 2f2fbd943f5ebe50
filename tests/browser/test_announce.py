"""Announcing by keyboard alone, with and without JavaScript; and signing in with a key."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.http.processes import Served
from tests.browser.visit import Visit
from tests.cli import Shell

MODEL = "azure/mistral-large-2407"


@pytest.fixture
def asking(told_home: Path, tmp_path: Path, browser: Browser) -> Iterator[tuple[Visit, str]]:
    """A service that asks for credentials, and a key for it."""
    shell = Shell(tmp_path)
    shutil.copytree(told_home, shell.home, dirs_exist_ok=True)
    database = f"sqlite:///{next(shell.home.rglob('ledger.db'))}"
    made = shell.lifecycle("keys", "create", "someone", "--scope", "admin", "--database", database)
    assert made.code == 0, made.err
    key = next(word for word in made.out.split() if word.startswith("lifecycle_"))
    with Served(shell, "--database", database, "--actor", "tester") as service, Visit(browser, f"http://127.0.0.1:{service.port}") as visit:
        yield visit, key


def tab_to(page: Page, name: str) -> None:
    """Go on by the tabulator until an element has the focus."""
    for _ in range(80):
        if page.evaluate("[document.activeElement.id, document.activeElement.name]").count(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name}")


def choose(page: Page, name: str, value: str) -> None:
    tab_to(page, name)
    page.keyboard.type(value)


def fill_in(page: Page, year: str = "2091") -> None:
    choose(page, "model", MODEL)
    page.keyboard.press("Escape")
    choose(page, "retired_kind", "on")
    tab_to(page, "retired_date")
    page.locator("#retired_date").fill(f"{year}-09-30")
    choose(page, "source_name", "the provider")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_somebody_announces_by_keyboard_alone(visit: Visit, *, script: bool) -> None:
    page = visit.window(script=script)
    page.goto(f"{visit.address}/announce")
    year = "2092" if script else "2093"
    fill_in(page, year)
    if script:
        expect(page.locator("#outcome")).to_contain_text(f"30 September {year}")
        expect(page.locator("#outcome")).not_to_have_attribute("aria-busy", "true")
    tab_to(page, "do")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome-title")).to_be_focused()
    expect(page.locator("#outcome")).to_contain_text("Who would be told")
    tab_to(page, "do")
    while page.evaluate("document.activeElement.value") != "record":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**recorded=*")
    expect(page.locator("#recorded")).to_be_focused()
    page.locator("#recorded").get_by_role("link").last.click()
    expect(page.locator("#claims + table tr").nth(1)).to_contain_text(f"30 September {year}")
    visit.complaints[:] = [each for each in visit.complaints if "status of 422" not in each]


def test_a_mistake_is_led_to_from_the_summary(visit: Visit) -> None:
    page = visit.window()
    page.goto("/announce")
    choose(page, "model", "mistral")
    page.keyboard.press("Escape")
    tab_to(page, "do")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#model")).to_be_focused()
    expect(page.locator("#model")).to_have_attribute("aria-invalid", "true")
    visit.complaints[:] = [each for each in visit.complaints if "status of 422" not in each]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_somebody_signs_in_with_a_key_and_goes_on_where_they_wanted(asking: tuple[Visit, str], *, script: bool) -> None:
    visit, key = asking
    page = visit.window(script=script)
    page.goto("/announce")
    page.wait_for_url("**/sign-in?next=%2Fannounce")
    page.get_by_role("textbox", name="API key").fill("lifecycle_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not good here")
    page.get_by_role("textbox", name="API key").fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/announce")
    expect(page.get_by_text("key:someone")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/")
    page.wait_for_url("**/sign-in?next=%2F")
    visit.complaints[:] = [each for each in visit.complaints if "status of 422" not in each]
