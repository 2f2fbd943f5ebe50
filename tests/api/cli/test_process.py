"""The command as a process of its own: its start, its pipes, and two of them at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import Shell

ROOT = Path(__file__).parents[3]


def command(shell: Shell, *arguments: str) -> subprocess.Popen[str]:
    environment = {**shell.environment(), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [sys.executable, "-m", "api", *arguments],
        cwd=shell.home,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_a_question_loads_no_web_framework_and_no_readers_of_prose(shell: Shell) -> None:
    heavy = ("fastapi", "starlette", "uvicorn", "dateparser", "markdown_it", "rich")
    code = f"import api.cli.main, sys; print([m for m in {heavy} if m in sys.modules])"
    environment = {**shell.environment(), "PYTHONPATH": str(ROOT)}
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True, timeout=60, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [("catalog",), ("catalog", "--json")])
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(shell: Shell, arguments: tuple[str, ...]) -> None:
    process = command(shell, *arguments)
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_two_clocks_record_each_edge_once(shell: Shell) -> None:
    line = {"model": "azure/a", "deprecated": {"on": "2025-02-01"}, "retired": {"on": "2025-05-01"}, "source": {"name": "mail"}}
    (shell.home / "a.jsonl").write_text(json.dumps({**line, "seen_on": "2025-01-01"}) + "\n")
    assert shell.lifecycle("import", "a.jsonl").code == 0
    ticks = [finished(process) for process in [command(shell, "tick", "--json") for _ in range(4)]]
    assert [code for code, _, _ in ticks] == [0, 0, 0, 0]
    entries = json.loads(shell.lifecycle("history", "azure/a", "--json").out)["entries"]
    entered = [entry["event"]["stage"] for entry in entries if entry["type"] == "StageEntered"]
    assert sorted(entered) == ["deprecated", "retired"]


def test_the_command_as_a_module_answers(shell: Shell) -> None:
    code, out, _ = finished(command(shell, "stage", "mistral-large", "--valid-at", "2025-01-20"))
    assert (code, out.splitlines()[0]) == (0, "azure/mistral-large: deprecated at 2025-01-20")
