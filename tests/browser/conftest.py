"""A real browser before a service with the sample, a directory, and people who were told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.directory.desk import FIXTURES
from tests.api.http.processes import Served
from tests.browser.visit import Visit
from tests.cli import Shell
from tests.verifier.bundles import ANNOUNCE, DEPLOYMENTS, ROLES

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def told_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger in which one announcement was told to everybody, and another one waits."""
    shell = Shell(tmp_path_factory.mktemp("told"))
    for arguments in (
        ("policy", "--adopt", "azure-serverless-v1"),
        ("import", "--sample"),
        ("directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices"),
        (*ANNOUNCE, "--legacy", "2090-01-01", "--deprecated", "2090-03-01", "--retired", "2091-07-01"),
        ("notices", "deliver"),
        ("checkpoint",),
    ):
        done = shell.lifecycle(*arguments, env={"LIFECYCLE_ACTOR": "demo"})
        assert done.code == 0, done.err
    return shell.home


@pytest.fixture(scope="module")
def served(told_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over a copy of that ledger."""
    shell = Shell(tmp_path_factory.mktemp("served"))
    shutil.copytree(told_home, shell.home, dirs_exist_ok=True)
    database = next(shell.home.rglob("ledger.db"))
    with Served(shell, "--database", f"sqlite:///{database}", "--actor", "tester") as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with the module: its loop must not be seen by tests that run one of their own."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "These tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, served: str) -> Iterator[Visit]:
    """Opens pages of the service, each in a window of its own."""
    with Visit(browser, served) as found:
        yield found


@pytest.fixture
def page(visit: Visit) -> Page:
    """A window as most people have it."""
    return visit.window()
