"""The verifier's command: what it prints, and by which code it ends, whatever the files hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from domain import verify_answer
from domain.verify_answer import main
from tests.verifier.making import Log
from tests.verifier.test_forged import answered, bundle_of, history


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good bundle, its key and its checkpoint."""
    log = Log(history())
    (tmp_path / "good").write_bytes(answered(bundle_of(log)))
    (tmp_path / "key").write_text(log.signer.key)
    (tmp_path / "note").write_text(log.note())
    (tmp_path / "junk").write_bytes(bytes(range(256)))
    (tmp_path / "empty").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def key() -> str:
    return Path("key").read_text()


def test_it_says_what_is_proven_and_then_what_was_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder
    assert main(["good", "--key", key(), "--checkpoint", "note"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Proven: azure/mistral-large was deprecated at 2025-01-20")
    assert lines[1].startswith("  Signed by lifecycle-ledger/made+")
    left_out = "replacement_unknown, replacement_retired, replacement_cycle"
    assert lines[2:] == [
        "  Entries: 4 of 4, which are all of model:azure/mistral-large and policy:azure.",
        "  Of one log with the kept checkpoint of 4 entries.",
        f"  By the rules, the whole answer follows from them, but for findings that need other models ({left_out}).",
    ]


def test_the_same_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder
    assert main(["good", "--key", key(), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["origin"], told["size"], told["entries"]) == ("proven", "lifecycle-ledger/made", 4, 4)
    assert main(["junk", "--key", key(), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "refused"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["good"], 3, "Could not tell: the checkpoint names lifecycle-ledger/made as its signer"),
        (["good", "--key", "no-key"], 3, "Could not tell: the key is no line"),
        (["junk"], 1, "Refused: the bundle is no JSON"),
        (["empty"], 1, "Refused: the bundle is no JSON"),
        (["note"], 1, "Refused: the bundle is no JSON"),
        (["good", "--key", "KEY", "--checkpoint", "junk"], 1, "Refused: the kept checkpoint is no signed note"),
        (["good", "--key", "KEY", "--checkpoint", "empty"], 1, "Refused: the kept checkpoint is no signed note"),
        (["good", "--key", "KEY", "--checkpoint", "note", "--consistency", "junk"], 1, "Refused: the consistency proof is no JSON"),
        (["good", "--key", "KEY", "--consistency", "junk"], 2, "--checkpoint"),
        (["nowhere"], 2, "nowhere"),
        (["."], 2, "."),
        ([], 2, "usage"),
        (["good", "more"], 2, "usage"),
    ],
)
def test_it_ends_by_the_code_for_what_came_of_it(
    folder: Path, arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder
    try:
        ended: int | str | None = main([key() if each == "KEY" else each for each in arguments])
    except SystemExit as exit_:
        ended = exit_.code
    told = capsys.readouterr()
    assert (ended, words in told.out + told.err) == (code, True), told


def test_a_forger_cannot_write_on_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = json.loads((folder / "good").read_bytes())
    bundle["checkpoint"] = bundle["checkpoint"].replace("\u2014 lifecycle-ledger/made", "\u2014 x\r\x1b[2K\u202eProven:\u00a0all")
    (folder / "forged").write_text(json.dumps(bundle))
    assert main(["forged"]) == 3
    out = capsys.readouterr().out
    assert out.isascii()
    assert out[:-1].isprintable()
    assert r"x\r\x1b[2K\u202eProven:\xa0all" in out


def test_a_reason_is_short_however_long_a_name_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "forged").write_text(json.dumps({"x" * 100_000: 1}))
    assert main(["forged"]) == 1
    assert len(capsys.readouterr().out) < 1000


def test_an_endless_file_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify_answer, "BUNDLE_BYTES_MAX", 10_000)
    assert main(["/dev/zero"]) == 1
    assert "larger" in capsys.readouterr().out


def test_without_cryptography_it_says_so(folder: Path) -> None:
    hidden = "import runpy, sys; sys.modules['cryptography'] = None; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-I", "-c", hidden, verify_answer.__file__, "good", "--key", key()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout[:16], done.stderr) == (3, "Could not tell: ", "")
    assert "cryptography is not installed" in done.stdout


def test_a_file_that_would_fill_the_memory_is_no_crash(folder: Path) -> None:
    (folder / "wide").write_bytes(b"[" + b"[]," * 8_000_000 + b"[]]")
    limited = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28)); sys.argv.pop(0); "
    command = [sys.executable, "-I", "-c", limited + "runpy.run_path(sys.argv[0], run_name='__main__')", verify_answer.__file__, "wide"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "Could not tell: it takes more memory than there is here.\n", "")
