"""A ledger on a PostgreSQL server: the address is all it takes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.settings import beside
from tests.api.directory.desk import FIXTURES
from tests.api.http.processes import Served
from tests.api.http.workers.test_workers import followed, wait_for, workers_of, write
from tests.cli import Shell
from tests.servers.postgres import server
from tests.verifier.bundles import ANNOUNCE, DEPLOYMENTS, ROLES


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@contextmanager
def database(*, prepared: bool = True) -> Iterator[str]:
    with server().fresh(prepared=prepared) as name:
        yield server().url(name)


def ok(shell: Shell, address: str, *arguments: str) -> str:
    done = shell.lifecycle(*arguments, env={"LIFECYCLE_DATABASE": address, "LIFECYCLE_ACTOR": "demo"})
    assert done.code == 0, done.err
    return done.out


def test_no_command_is_another_one_there(shell: Shell) -> None:
    with database(prepared=False) as address:
        refused = shell.lifecycle("policy", "--adopt", "azure-serverless-v1", env={"LIFECYCLE_DATABASE": address})
        assert refused.code != 0
        assert "lifecycle db upgrade" in refused.err
        assert "schema version 2" in ok(shell, address, "db", "upgrade")
        assert "nothing to do" in ok(shell, address, "db", "upgrade")
        ok(shell, address, "policy", "--adopt", "azure-serverless-v1")
        ok(shell, address, "import", "--sample")
        here = ok(shell, address, "stage", "mistral-large", "--valid-at", "2025-01-20")
        there = shell.lifecycle("stage", "mistral-large", "--valid-at", "2025-01-20")
        assert here.splitlines()[0] == there.out.splitlines()[0] == "azure/mistral-large: deprecated at 2025-01-20"
        ok(shell, address, "directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices")
        ok(shell, address, *ANNOUNCE, "--legacy", "2090-01-01", "--deprecated", "2090-03-01", "--retired", "2091-07-01")
        ok(shell, address, "notices", "deliver")
        assert "accepted" in ok(shell, address, "notices", "audit", "--model", "azure/mistral-large")
        ok(shell, address, "checkpoint")
        ok(shell, address, "doctor")
        ok(shell, address, "stage", "mistral-large", "--valid-at", "2025-01-20", "--proof", "out.json")
        for file in ("verify", "export -"):
            refused = shell.lifecycle(*file.split(), env={"LIFECYCLE_DATABASE": address})
            assert "lifecycle db copy" in refused.err


def test_its_workers_serve_it_together(shell: Shell) -> None:
    with database() as address, Served(shell, "--workers", "2", "--database", address, "--actor", "tester") as served:
        wait_for(lambda: any("workers started" in line for line in served.lines))
        assert len(workers_of(served)) == 2
        for number in range(6):
            position = write(served, f"m-{number}")["position"]
            for _ in range(4):
                assert served.ask(f"/v1/models/azure/m-{number}/stage?min_position={position}")[0] == 200
        wait_for(lambda: followed(served, position))
        assert served.get("/v1/ledger/checkpoints") == {"checkpoints": [], "next": None}
        assert served.ask("/v1/ledger/checkpoint", method="POST")[0] == 201
        assert served.ask("/v1/ledger/verification")[0] == 409
        assert not any("postgres@" in line for line in served.lines)
        served.signal(signal.SIGTERM)
        assert served.ended() == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("postgresql://a@db/x", "postgresql://b:secret@db/x", True),
        ("postgresql://a@db/x?sslmode=require", "postgresql://a@db/x", True),
        ("postgresql://a@db/x", "postgresql://a@db/y", False),
        ("postgresql://a@db/x", "postgresql://a@db2/x", False),
        ("postgresql://a@db:5432/x", "postgresql://a@db:5433/x", False),
        ("postgresql:///x?host=/run/a", "postgresql:///x?host=/run/b", False),
    ],
)
def test_what_stands_beside_belongs_to_a_database_and_not_to_who_connects(one: str, other: str, *, same: bool) -> None:
    assert (beside(one) == beside(other)) is same
    assert "secret" not in str(beside(other))


def test_a_read_only_address_answers_questions(shell: Shell) -> None:
    with database() as address:
        ok(shell, address, "import", "--sample")
        asked = {"LIFECYCLE_DATABASE": "postgresql://nobody@127.0.0.1:1/none", "LIFECYCLE_READ_DATABASE": address}
        done = shell.lifecycle("stage", "mistral-large", "--valid-at", "2025-01-20", env=asked)
        assert (done.code, done.out.splitlines()[0]) == (0, "azure/mistral-large: deprecated at 2025-01-20")
        assert shell.lifecycle("tick", env=asked).code != 0
