"""What the README shows is run, in its order, and prints what it says; and it leaves out no event, command, finding or setting."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from api.cli.main import app
from api.exit_codes import ExitCode
from api.settings import ACTOR_VARIABLE, DATABASE_VARIABLE
from domain.events import EVENT_TYPES
from domain.rules.answers import FindingCode
from tests.cli import Shell

README = Path(__file__).parent.parent / "README.md"
FIXTURES = Path(__file__).parent / "fixtures"


def shown() -> Iterator[tuple[str, str]]:
    """Each command that the README shows, with what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def matches(expected: str, printed: str) -> bool:
    pattern = re.escape(expected.rstrip()).replace(re.escape("..."), ".*?")
    return re.fullmatch(pattern + r"\s*", printed, re.DOTALL) is not None


def test_the_commands_shown_print_what_is_shown(shell: Shell) -> None:
    shutil.copytree(FIXTURES / "retirements", shell.home / "retirements")
    ran = 0
    for command, expected in shown():
        name, *arguments = shlex.split(command)
        assert name == "lifecycle"
        result = shell.lifecycle(*arguments)
        assert matches(expected, result.out) or matches(expected, result.out + result.err), f"{command}\n{result.out}{result.err}"
        ran += 1
    assert ran >= 12


@pytest.mark.parametrize(
    "word",
    [
        *(event.topic for event in EVENT_TYPES),
        *FindingCode,
        DATABASE_VARIABLE,
        ACTOR_VARIABLE,
        *(f"`lifecycle {name}`" for name in typer.main.get_command(app).commands),  # type: ignore[attr-defined]  # it is a group
        *(f"| {code.value} |" for code in ExitCode),
    ],
)
def test_the_readme_names(word: str) -> None:
    assert word in README.read_text()


def test_the_json_line_shown_is_imported(shell: Shell) -> None:
    (line,) = re.findall(r"^```json\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    (shell.home / "claims.jsonl").write_text(line)
    assert shell.lifecycle("import", "claims.jsonl").code == 0
