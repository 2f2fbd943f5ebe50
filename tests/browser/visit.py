"""Windows on a service: whatever goes wrong in one fails the test."""

from types import TracebackType
from typing import Any, Literal, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

TIMEOUT_MS = 15_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
Theme = Literal["light", "dark"]


class Visit:
    """Opens windows, and closes them."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        """What the browser said on its console, refusals by the pages' policy among it, and whatever failed to load."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for context in self._contexts:
            context.close()
        assert kind or not self.complaints, self.complaints

    def window(self, *, theme: Theme = "light", width: int = 1280, script: bool = True) -> Page:
        context = self._browser.new_context(
            base_url=self.address, color_scheme=theme, viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._only_our_own(request.url))
        return page

    def _only_our_own(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.complaints.append(f"asked elsewhere: {url}")


def violations(page: Page) -> list[str]:
    """What axe finds wrong, each with the elements."""
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {[node['html'][:150] for node in each['nodes'][:3]]}" for each in found]


def is_too_wide(page: Page) -> bool:
    """Tell whether the page as a whole scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
