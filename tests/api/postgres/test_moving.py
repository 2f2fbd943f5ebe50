"""A ledger moved from its file to a server and back, as a command, with what stands beside it."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.settings import beside
from tests.api.directory.desk import FIXTURES
from tests.cli import Result, Shell
from tests.servers.postgres import server
from tests.verifier.bundles import ANNOUNCE, DEPLOYMENTS, ROLES

FUTURE = ("--legacy", "2090-01-01", "--deprecated", "2090-03-01", "--retired", "2091-07-01")


@pytest.fixture
def url() -> Iterator[str]:
    with server().fresh() as name:
        yield server().url(name)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def ask(shell: Shell, address: str, *arguments: str) -> Result:
    return shell.lifecycle(*arguments, env={"LIFECYCLE_DATABASE": address, "LIFECYCLE_ACTOR": "demo"})


def ok(shell: Shell, address: str, *arguments: str) -> str:
    done = ask(shell, address, *arguments)
    assert done.code == 0, done.err
    return done.out


def test_there_and_back_it_is_the_same_ledger_with_its_people_and_keys(shell: Shell, url: str, tmp_path: Path) -> None:
    here, back = f"sqlite:///{tmp_path / 'here.db'}", f"sqlite:///{tmp_path / 'back.db'}"
    ok(shell, here, "policy", "--adopt", "azure-serverless-v1")
    ok(shell, here, "import", "--sample")
    ok(shell, here, "directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices")
    ok(shell, here, *ANNOUNCE, *FUTURE)
    ok(shell, here, "checkpoint")
    told = shell.lifecycle("db", "copy", here, url)
    assert told.code == 0, told.err
    assert "notices resume" in told.err
    people = ok(shell, here, "notices", "audit", "--model", "azure/mistral-large", "--names")
    assert ok(shell, url, "notices", "audit", "--model", "azure/mistral-large", "--names") == people
    refused = ask(shell, url, "notices", "deliver")
    assert (refused.code, "resume" in refused.err) == (5, True), "the first one may still tell them"
    ok(shell, url, "notices", "resume")
    ok(shell, url, "notices", "deliver")
    ok(shell, url, "checkpoint")
    moved = json.loads(ok(shell, here, "db", "copy", url, back, "--json"))
    assert moved["entries"]["now"] > moved["entries"]["before"] == 0
    assert moved["checkpoints"]["now"] == 2
    assert sorted(Path(file).name for file in moved["beside"]["copied"]) == ["back.people.db", "back.people.key", "back.signing.key"]
    assert ok(shell, back, "verify").startswith("Intact")
    assert ok(shell, back, "stage", "mistral-large", "--valid-at", "2025-01-20", "--json") != ""
    assert (tmp_path / "back.signing.key").stat().st_mode & 0o777 == 0o600


def test_a_second_copy_brings_the_rest_and_says_what_it_left(shell: Shell, url: str, tmp_path: Path) -> None:
    here = f"sqlite:///{tmp_path / 'here.db'}"
    ok(shell, here, "import", "--sample")
    ok(shell, here, "checkpoint")
    ok(shell, here, "db", "copy", here, url)
    ok(shell, here, "tick")
    again = shell.lifecycle("db", "copy", here, url)
    assert "(72 new)" in again.out
    assert "left as it was" not in again.err, "the key is the same"
    key = next(Path(shell.environment()["XDG_DATA_HOME"]).rglob(f"{beside(url).stem}.signing.key"))
    key.write_text("another")
    assert "is another one" in shell.lifecycle("db", "copy", here, url).err
    assert key.read_text() == "another"


@pytest.mark.parametrize(
    ("source", "target", "code", "words"),
    [
        ("sqlite:///here.db", "sqlite:///here.db", 5, "cannot be copied to itself"),
        ("sqlite:///nowhere.db", "sqlite:///there.db", 5, "no ledger at"),
        ("here.db", "sqlite:///there.db", 2, "no database address"),
        ("sqlite:///here.db", "postgresql://nobody@127.0.0.1:1/none", 5, "cannot be opened"),
    ],
)
def test_what_cannot_be_copied_is_told(shell: Shell, source: str, target: str, code: int, words: str) -> None:
    shell.lifecycle("import", "--sample", "--database", "sqlite:///here.db", env={"LIFECYCLE_ACTOR": "demo"})
    done = shell.lifecycle("db", "copy", source, target)
    assert (done.code, words in done.err) == (code, True), done.err
    assert not (shell.home / "there.db").exists()


def test_a_database_that_was_not_prepared_says_how_to(shell: Shell) -> None:
    with server().fresh(prepared=False) as name:
        ok(shell, "sqlite:///here.db", "import", "--sample")
        done = shell.lifecycle("db", "copy", "sqlite:///here.db", server().url(name))
        assert (done.code, "lifecycle db upgrade" in done.err) == (5, True)


def test_what_would_be_announced_is_tried_on_a_copy(shell: Shell, url: str) -> None:
    ok(shell, url, "import", "--sample")
    ok(shell, url, "directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices")
    with psycopg.connect(url) as connection:
        before = connection.execute("SELECT max(position) FROM ledger_entries").fetchall()
        would = ok(shell, url, *ANNOUNCE, *FUTURE, "--dry-run")
        assert "2090-03-01" in would
        assert connection.execute("SELECT max(position) FROM ledger_entries").fetchall() == before
