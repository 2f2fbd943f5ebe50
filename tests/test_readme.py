"""What the README shows is run, in its order, and prints what it says; and it leaves out no event, command, finding or setting."""

import argparse
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from starlette.testclient import TestClient

from api.cli.main import app
from api.exit_codes import ExitCode
from api.http.app import create_app
from api.http.service import Service
from api.http.settings import PREFIX, HttpSettings
from api.notices.settings import NoticeSettings
from api.opening import for_asking
from api.settings import ACTOR_VARIABLE, DATABASE_VARIABLE, KEY_FILE_VARIABLE
from domain.event_types import EVENT_TYPES
from domain.notices.events import Exclusion
from domain.rules.answers import FindingCode
from tests.cli import Shell
from tests.ledgers import HandClock, ledger_in_memory

README = Path(__file__).parent.parent / "README.md"
FIXTURES = Path(__file__).parent / "fixtures"


def shown() -> Iterator[tuple[str, str]]:
    """Each command that the README shows, with what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def operations() -> Iterator[str]:
    with ledger_in_memory(HandClock()) as ledger:
        paths = create_app(Service(ledger), HttpSettings()).openapi()["paths"]
    return (f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods)


def matches(expected: str, printed: str) -> bool:
    pattern = re.escape(expected.rstrip()).replace(re.escape("..."), ".*?")
    return re.fullmatch(pattern + r"\s*", printed, re.DOTALL) is not None


def test_the_commands_shown_print_what_is_shown(shell: Shell) -> None:
    for folder in ("retirements", "directory"):
        shutil.copytree(FIXTURES / folder, shell.home / folder)
    ran = 0
    for command, expected in shown():
        name, *arguments = shlex.split(command)
        assert name == "lifecycle"
        result = shell.lifecycle(*arguments)
        assert matches(expected, result.out) or matches(expected, result.out + result.err), f"{command}\n{result.out}{result.err}"
        ran += 1
    assert ran >= 12


def test_the_requests_shown_get_what_is_shown() -> None:
    """On the sample, through the application: each `curl` with its headers and its body."""
    (block,) = re.findall(r"^```curl\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    with for_asking(None) as opened:
        client = TestClient(create_app(Service(opened.ledger), HttpSettings()), base_url="http://127.0.0.1:8000")
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            shown_by = request_of(command)
            response = client.request("POST" if shown_by.d else "GET", shown_by.url, content=shown_by.d, headers=headers_of(shown_by.H))
            told = f"HTTP/1.1 {response.status_code} \n" if shown_by.i else response.text
            assert matches(expected.rstrip() + ("" if expected.rstrip().endswith("}") else "..."), told), f"{command}\n{told}"


def request_of(command: str) -> argparse.Namespace:
    curl = argparse.ArgumentParser()
    curl.add_argument("-i", action="store_true")
    curl.add_argument("-H", action="append", default=[])
    curl.add_argument("-d")
    curl.add_argument("url")
    name, *arguments = shlex.split(command)
    assert name == "curl"
    return curl.parse_args(arguments)


def headers_of(given: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (header.partition(": ") for header in given)}


@pytest.mark.parametrize(
    "word",
    [
        *(event.topic for event in EVENT_TYPES),
        *FindingCode,
        DATABASE_VARIABLE,
        ACTOR_VARIABLE,
        *(f"`lifecycle {name}`" for name in typer.main.get_command(app).commands),  # type: ignore[attr-defined]  # it is a group
        *(f"| {code.value} |" for code in ExitCode),
        KEY_FILE_VARIABLE,
        *(f"`{PREFIX}{name.upper()}`" for settings in (HttpSettings, NoticeSettings) for name in settings.model_fields),
        *Exclusion,
        *operations(),
    ],
)
def test_the_readme_names(word: str) -> None:
    assert word in README.read_text()


def test_the_json_line_shown_is_imported(shell: Shell) -> None:
    (line,) = re.findall(r"^```json\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    (shell.home / "claims.jsonl").write_text(line)
    assert shell.lifecycle("import", "claims.jsonl").code == 0
