"""Copies at the command line: files, pipes, and what is said of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.backup.copies import copied, everything, rows
from tests.cli import Shell

ROOT = Path(__file__).parents[3]
SECONDS = 60


def database(path: Path) -> tuple[str, str]:
    return ("--database", f"sqlite:///{path}")


def piped(shell: Shell, *arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    environment = {**shell.environment(), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "LC_ALL": "C"}
    return subprocess.Popen(
        [sys.executable, "-m", "api", *arguments], cwd=shell.home, env=environment, stdout=stdout, stderr=subprocess.PIPE
    )


def test_a_file_is_written_and_read_and_both_say_the_root(ledger: Path, shell: Shell) -> None:
    made = json.loads(shell.lifecycle("export", "copy.jsonl.gz", *database(ledger), "--json").out)
    found = json.loads(shell.lifecycle("restore", "copy.jsonl.gz", *database(shell.home / "new.db"), "--json").out)
    assert (made["position"], made["root"], made["checkpoints"], made["timestamps"]) == (7, found["root"], 2, 3)
    assert everything(shell.home / "new.db") == everything(ledger)
    said = shell.lifecycle("export", "again.jsonl", *database(shell.home / "new.db"))
    assert made["root"] in said.out
    assert "Not in it: what is known of people (new.people.db), the signing key" in said.err
    assert "Delivering is off" in shell.lifecycle("restore", "again.jsonl", *database(shell.home / "third.db")).err


def test_a_pipe_carries_the_same_bytes(ledger: Path, copy: Path, shell: Shell) -> None:
    with piped(shell, "export", "-", *database(ledger)) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert out == copy.read_bytes()
    done = shell.lifecycle("restore", "-", *database(shell.home / "new.db"), stdin=out)
    assert done.code == 0, done.err
    assert everything(shell.home / "new.db") == everything(ledger)


def test_a_pipe_whose_reader_has_gone_is_no_copy(ledger: Path, shell: Shell) -> None:
    with piped(shell, "export", "-", *database(ledger)) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read().decode()
        assert process.wait(SECONDS) != 0
    assert "cannot be written to standard output" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "copy.jsonl", "--database", "sqlite:///none.db"), "There is no ledger at none.db"),
        (("restore", "none.jsonl", "--database", "sqlite:///new.db"), "none.jsonl cannot be read: No such file"),
        (("restore", ".", "--database", "sqlite:///new.db"), "cannot be read: Is a directory"),
        (("restore", "garbage", "--database", "sqlite:///new.db"), "Line 1 of the export cannot be taken"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    (shell.home / "garbage").write_bytes(b"\0\n\n")
    before = {path.name for path in shell.home.iterdir()}
    done = shell.lifecycle(*arguments)
    assert done.code not in (0, 1)
    assert said in done.err
    assert {path.name for path in shell.home.iterdir()} == before


def test_the_sample_is_nobodys_to_copy(shell: Shell) -> None:
    assert shell.lifecycle("export", "copy.jsonl").code == 5


def test_progress_is_shown_on_a_terminal(ledger: Path, shell: Shell) -> None:
    assert shell.lifecycle("export", "copy.jsonl", *database(ledger), terminal=True).code == 0
    assert shell.lifecycle("restore", "copy.jsonl", *database(shell.home / "new.db"), terminal=True).code == 0


def test_answers_are_those_of_the_first_ledger(shell: Shell) -> None:
    line = {"model": "azure/a", "retired": {"on": "2025-05-01"}, "source": {"name": "mail"}, "seen_on": "2025-01-01"}
    (shell.home / "a.jsonl").write_text(json.dumps(line) + "\n")
    assert shell.lifecycle("import", "a.jsonl", *database(shell.home / "ledger.db")).code == 0
    copied(shell.home / "ledger.db")
    assert shell.lifecycle("restore", "copy.jsonl", *database(shell.home / "new.db")).code == 0
    asked = ("stage", "azure/a", "--valid-at", "2025-06-01", "--known-at", "2025-02-01", "--recorded-at", "@2", "--json")
    first, second = (shell.lifecycle(*asked, *database(shell.home / name)).out for name in ("ledger.db", "new.db"))
    assert json.loads(first) == json.loads(second)
    assert len(rows(shell.home / "copy.jsonl")) == 7
