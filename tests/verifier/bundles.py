"""Bundles as the product makes them, and the key that they are signed by."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.api.directory.desk import FIXTURES
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, SOURCE, Site
from tests.api.http.test_access import POLICY
from tests.cli import Shell

JSON = dict[str, Any]

ROLES = [str(FIXTURES / f"roles-{number}.json") for number in (1, 2, 3)]
DEPLOYMENTS = [str(FIXTURES / name) for name in ("deployments.json", "endpoints.json")]
ANNOUNCE = ("announce", "azure/mistral-large", "--source", "mail")


@dataclass(frozen=True)
class Made:
    """A bundle, and the key to trust."""

    bundle: JSON
    key: str

    @property
    def content(self) -> bytes:
        return json.dumps(self.bundle).encode()


def of_stage(site: Site, **asked: str) -> Made:
    """Ask the worked example, with rules, a narrower scope and a withdrawal beside it."""
    site.post("/v1/policies", POLICY)
    site.list_and_announce()
    site.post(
        f"{MISTRAL}/announcements",
        {"announced_at": "2024-12-01", "retired": {"month": "2025-05"}, "scope": {"version": "2407"}, "source": SOURCE},
    )
    wrong = site.post(f"{MISTRAL}/announcements", {"announced_at": "2024-12-02", "label": "retired", "source": SOURCE}).json()["position"]
    site.post(f"{MISTRAL}/withdrawals", {"claim": wrong, "by": "recorder", "reason": "read wrong"})
    site.post("/v1/models", {**LISTING, "model": "other", "name": "Other"})
    site.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "announced_at": "2025-01-02", "retired": {"on": "2025-06-15", "raw": "June 15"}})
    bundle = site.read(f"{MISTRAL}/stage", proof="true", **asked)
    return Made(bundle, site.read("/v1/ledger/keys")["keys"][0])


def of_run(home: Path) -> tuple[Made, Made, Made]:
    """Tell an audience, and prove that one was told, that another could not be, and how the run was closed."""
    shell = Shell(home)
    for arguments in (
        ("policy", "--adopt", "azure-serverless-v1"),
        (*ANNOUNCE, "--list-as", "Mistral-large", "--legacy", "2090-01-01", "--deprecated", "2090-03-01", "--retired", "2091-06-01"),
        ("directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices"),
        (*ANNOUNCE, "--retired", "2091-07-01"),
        ("notices", "deliver"),
    ):
        done = shell.lifecycle(*arguments)
        assert done.code == 0, done.err
    run = json.loads(shell.lifecycle("notices", "list", "--json").out)["notices"][0]["run"]
    audit = json.loads(shell.lifecycle("notices", "audit", "--run", str(run), "--json").out)["rows"]
    chosen = [next(row["id"] for row in audit if row["state"] == state) for state in ("accepted", "excluded")]
    made = []
    for arguments in (("--person", chosen[0]), ("--person", chosen[1]), ()):
        done = shell.lifecycle("notices", "prove", str(run), "proof.json", *arguments)
        assert done.code == 0, done.err
        bundle = json.loads((home / "proof.json").read_text())
        key = next(line[4:] for line in bundle["checkpoint"].splitlines() if line.startswith("key "))
        made.append(Made(bundle, key))
    return made[0], made[1], made[2]
