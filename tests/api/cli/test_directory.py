"""The directory at the command line: listings in, changes by hand, people under opaque ids, and people forgotten."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.api.directory.desk import FIXTURES, RESEARCH, RETAIL, SUPPORT
from tests.cli import Result, Shell

ROLES = [str(FIXTURES / f"roles-{number}.json") for number in (1, 2, 3)]
DEPLOYMENTS = [str(FIXTURES / name) for name in ("deployments.json", "endpoints.json")]
ANNA, ANNA_ID = "anna.berg@contoso.com", "55579b55-7896-40ce-9764-c47fed644f9b"
GROUPS = ("--groups", str(FIXTURES / "groups.csv"))


@pytest.fixture
def full(shell: Shell) -> Shell:
    """A ledger with rules, a model with dates, and the directory of three subscriptions."""
    assert shell.lifecycle("policy", "--adopt", "azure-serverless-v1").code == 0
    new = ("announce", "azure/mistral-large", "--list-as", "Mistral-large", "--source", "mail", "--announced-at", "2024-11-22")
    assert shell.lifecycle(*new, "--legacy", "2024-12-15", "--deprecated", "2025-01-15", "--retired", "2025-04-15").code == 0
    done = directory(shell, "import", *ROLES, *DEPLOYMENTS, *GROUPS)
    assert done.code == 0, done.err
    return shell


def directory(shell: Shell, *arguments: str) -> Result:
    return shell.lifecycle("directory", *arguments)


def asked(shell: Shell, *arguments: str) -> Any:
    done = directory(shell, *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def person(shell: Shell, text: str = ANNA) -> str:
    return str(asked(shell, "find", text)["person"])


def head(shell: Shell) -> int:
    return int(json.loads(shell.lifecycle("doctor", "--json").out)["position"])


def folder(shell: Shell) -> Path:
    return shell.home / "data" / "lifecycle-ledger"


def test_an_import_tells_what_it_recorded_and_what_is_not_for_us(full: Shell) -> None:
    again = directory(full, "import", *ROLES, *DEPLOYMENTS, *GROUPS)
    assert again.out == "3 subscriptions: 0 roles assigned, 0 revoked, 0 deployments created, 0 deleted\n"
    assert "rows are not for us" in again.err
    listed = asked(full, "list")["subscriptions"]
    assert [(row["id"], row["members"], row["deployments"]) for row in listed] == [(RETAIL, 8, 2), (RESEARCH, 5, 1), (SUPPORT, 6, 1)]


def test_people_are_shown_under_opaque_ids_unless_names_are_asked_for(full: Shell) -> None:
    plain, named = directory(full, "show", RETAIL), directory(full, "show", RETAIL, "--names")
    for shown in (plain.out, directory(full, "show", RETAIL, "--json").out):
        assert person(full) in shown
        assert "@" not in re.sub(r"@\d", "", shown)
        assert "Berg" not in shown
        assert ANNA_ID not in shown
    assert ANNA in named.out
    assert "monitoring contributor" in named.out


def test_a_directory_is_shown_as_it_was(full: Shell) -> None:
    position = head(full)
    assert directory(full, "revoke", RETAIL, ANNA, "Owner").code == 0
    now, before = asked(full, "show", RETAIL), asked(full, "show", RETAIL, "--recorded-at", f"@{position}")
    assert len(before["roles"]) == len(now["roles"]) + 1
    assert asked(full, "show", RETAIL, "--at", before["roles"][0]["since"])["roles"] == before["roles"]
    assert directory(full, "show", RETAIL, "--recorded-at", "@2").code == 3
    assert directory(full, "show", RETAIL, "--recorded-at", "@9999").code == 2


def test_an_unreadable_row_is_told_with_its_line_and_ends_with_1(full: Shell) -> None:
    (full.home / "roles.csv").write_text(f"subscription,principal,principal_type,role\n{RETAIL},x,wizard,owner\n")
    done = directory(full, "import", "roles.csv")
    assert (done.code, "roles.csv, line 2: NOT READ" in done.out) == (1, True)
    assert "Nothing was taken away" in done.err
    assert len(asked(full, "show", RETAIL)["roles"]) == 9


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("import", "nothing.json"), 2, "nothing.json"),
        (("import", "empty.json"), 2, "Say whether of roles or of deployments"),
        (("import", "empty.json", "--kind", "wizards"), 2, "roles or deployments"),
        (("import", "empty.json", "--kind", "roles", "--subscription", RETAIL), 4, "List them again"),
        (("import", "empty.json", "--kind", "roles", "--whole"), 4, "names 0 of the 3 subscriptions"),
        (("import", ROLES[0], "--seen-at", "2999-01-01"), 2, "Nothing can have been seen"),
        (("import", ROLES[0], "--seen-at", "2020-01-01"), 4, "was seen at"),
        (("show", "nothing"), 3, "holds nothing about subscription"),
        (("show", "a b"), 2, "subscription"),
        (("deploy", RETAIL, "new", "azure/mistral-large"), 4, "takes no new deployments"),
        (("deploy", RETAIL, "retail/answers", "azure/other"), 4, "has a deployment"),
        (("undeploy", RETAIL, "nothing"), 3, "no such deployment"),
        (("assign", RETAIL, "zoe@example.com", "owner"), 3, "Nobody is known here"),
        (("assign", RETAIL, "p", "zoe@example.com"), 2, "holds an address"),
        (("revoke", RETAIL, ANNA, "reader"), 3, "no such role assignment"),
        (("revoke", RETAIL, "zoe@example.com", "owner"), 3, "Nobody is known here"),
        (("webhook", "nothing", "https://hooks.example.org"), 3, "holds nothing"),
        (("webhook", RETAIL, "https://169.254.169.254/"), 2, "private network"),
        (("webhook", RETAIL), 2, "--remove"),
        (("webhook", RETAIL, "--remove", "whk-none"), 3, "no such webhook"),
        (("find", "zoe@example.com"), 3, "Nobody is known here"),
        (("opt-out", "zoe@example.com"), 3, "Nobody is known here"),
        (("erase", "zoe@example.com", "--yes"), 3, "Nobody is known here"),
        (("erase", ANNA), 2, "--yes"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(full: Shell, arguments: tuple[str, ...], code: int, says: str) -> None:
    (full.home / "empty.json").write_text("[]")
    before = head(full)
    done = directory(full, *arguments)
    assert (done.code, head(full)) == (code, before), done.err
    assert says in done.err
    assert "zoe@" not in done.err
    assert "Traceback" not in done.err


def test_a_dry_run_tells_the_same_and_leaves_nothing(full: Shell) -> None:
    before = {path: path.read_bytes() for path in folder(full).iterdir() if path.suffix != ".db-shm"}
    (full.home / "roles.csv").write_text(f"subscription,principal,principal_type,role\n{RETAIL},{ANNA_ID},user,reader\n")
    wet = ("import", "roles.csv", "--force")
    told = asked(full, *wet, "--dry-run")
    assert (told["dry_run"], told["assigned"], told["revoked"]) == (True, 1, 9)
    assert {path: path.read_bytes() for path in folder(full).iterdir() if path.suffix != ".db-shm"} == before
    assert asked(full, *wet) == {**told, "dry_run": False}


def test_a_dry_run_of_the_first_import_makes_no_key(shell: Shell) -> None:
    done = directory(shell, "import", *ROLES, "--dry-run")
    assert (done.code, "dry run" in done.out) == (0, True)
    assert not folder(shell).exists() or not list(folder(shell).iterdir())


def test_a_role_is_taken_and_given_up_by_hand(full: Shell) -> None:
    assert directory(full, "assign", RETAIL, "new-person", "Reader", "--name", "Zoe", "--address", "zoe@example.com").code == 0
    assert directory(full, "assign", RETAIL, "zoe@example.com", "reader").out == "it is so already\n"
    (role,) = [role for role in asked(full, "show", RETAIL, "--names")["roles"] if role["name"] == "Zoe"]
    assert (role["principal"], role["address"], role["role"]) == (person(full, "zoe@example.com"), "zoe@example.com", "reader")
    assert directory(full, "revoke", RETAIL, person(full, "new-person"), "reader").code == 0
    assert "Zoe" not in directory(full, "show", RETAIL, "--names").out


def test_a_deployment_is_made_and_deleted_by_hand(full: Shell) -> None:
    assert directory(full, "deploy", RETAIL, "new", "azure/mistral-next@1", "--scope", "region=eastus2", "--command-key", "d").code == 0
    found = asked(full, "show", RETAIL)["deployments"]
    assert [(d["model"], d["scope"]) for d in found if d["deployment"] == "new"] == [
        ("azure/mistral-next", {"region": "eastus2", "version": "1"})
    ]
    assert directory(full, "undeploy", RETAIL, "new").code == 0
    assert len(asked(full, "show", RETAIL)["deployments"]) == 2


def test_a_webhook_is_registered_with_a_secret_and_removed(full: Shell) -> None:
    made = asked(full, "webhook", RETAIL, "https://hooks.example.org/a")
    assert made["secret"].startswith("whsec_")
    assert asked(full, "show", RETAIL)["webhooks"] == [made["webhook"]]
    assert directory(full, "webhook", RETAIL, "http://127.0.0.1:9/", "--allow-private").code == 0
    assert directory(full, "webhook", RESEARCH, "--remove", made["webhook"]).code == 3, "it is another's"
    assert directory(full, "webhook", RETAIL, "--remove", made["webhook"]).code == 0
    assert made["webhook"] not in asked(full, "show", RETAIL)["webhooks"]


def test_a_person_opts_out_and_in(full: Shell) -> None:
    assert asked(full, "opt-out", ANNA)["positions"]
    assert asked(full, "opt-out", person(full))["positions"] == []
    assert asked(full, "opt-in", ANNA_ID)["positions"]


def test_an_erased_person_is_forgotten_and_the_counts_stay(full: Shell) -> None:
    id_, before = person(full), asked(full, "list")
    done = directory(full, "erase", ANNA, "--yes")
    assert (done.code, id_ in done.err) == (0, True), "the id is told before, for whoever is cut off"
    assert asked(full, "list") == before
    assert directory(full, "find", ANNA).code == 3
    assert {role["name"] for role in asked(full, "show", RETAIL, "--names")["roles"] if role["principal"] == id_} == {"erased"}
    assert asked(full, "erase", id_, "--yes")["position"] is None, "once is enough"
    assert directory(full, "opt-out", id_).code == 3


def test_an_erasure_that_was_cut_off_is_finished_under_the_opaque_id(full: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from domain.ledger import Ledger  # noqa: PLC0415

    id_ = person(full)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "execute", killed)
        assert directory(full, "erase", ANNA, "--yes").code == 130
    assert directory(full, "find", ANNA).code == 3
    assert asked(full, "erase", id_, "--yes")["position"] == head(full)


def test_somebody_who_is_listed_again_after_an_erasure_has_a_new_id(full: Shell) -> None:
    id_ = person(full)
    assert directory(full, "erase", ANNA, "--yes").code == 0
    assert directory(full, "import", *ROLES, *GROUPS).code == 0
    assert person(full) != id_


def test_nobody_stands_in_the_ledger_in_clear(full: Shell) -> None:
    rows = [row.split(",") for row in (FIXTURES / "roles.csv").read_text().splitlines()[1:]]
    secrets = {cell for row in rows for cell in (row[1], row[3], row[4]) if cell}
    for path in folder(full).iterdir():
        content = path.read_bytes().lower()
        assert not [secret for secret in secrets if secret.encode().lower() in content], path


def test_the_key_and_the_people_are_their_owners_alone(full: Shell) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder(full).iterdir() if ".people." in path.name}
    assert set(modes.values()) == {0o600}
    assert {"ledger.people.key", "ledger.people.db"} <= modes.keys()


def test_the_key_stands_where_it_is_said(shell: Shell, tmp_path: Path) -> None:
    named = {"LIFECYCLE_KEY_FILE": str(tmp_path / "elsewhere" / "key")}
    assert shell.lifecycle("directory", "import", *ROLES, "--dry-run", env=named).code == 0
    assert not (tmp_path / "elsewhere").exists()
    assert shell.lifecycle("directory", "import", *ROLES, env=named).code == 0
    assert (tmp_path / "elsewhere" / "key").exists()
    assert directory(shell, "find", ANNA).code == 5, "another key is not made where there are people"
    assert shell.lifecycle("directory", "find", ANNA, env=named).code == 0
