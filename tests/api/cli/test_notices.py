"""Notices at the command line: who was told and who was not, what others report, and the end of a run."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.api.directory.desk import FIXTURES, RETAIL, SUPPORT
from tests.cli import Result, Shell

ROLES = [str(FIXTURES / f"roles-{number}.json") for number in (1, 2, 3)]
DEPLOYMENTS = [str(FIXTURES / name) for name in ("deployments.json", "endpoints.json")]
ANNA, ANNA_ID, CHEN = "anna.berg@contoso.com", "55579b55-7896-40ce-9764-c47fed644f9b", "chen.li@contoso.com"
ANNOUNCE = ("announce", "azure/mistral-large", "--source", "mail")
BY_OTHERS = {"LIFECYCLE_NOTICE_CHANNEL": "none"}
AT = "2024-01-01T09:00:00Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger in which one announcement was told to everybody, and the next one is left for others to tell."""
    shell = Shell(tmp_path_factory.mktemp("told"))
    for arguments in (
        ("policy", "--adopt", "azure-serverless-v1"),
        (*ANNOUNCE, "--list-as", "Mistral-large", "--legacy", "2090-01-01", "--deprecated", "2090-03-01", "--retired", "2091-06-01"),
        ("directory", "import", *ROLES, *DEPLOYMENTS, "--groups", str(FIXTURES / "groups.csv"), "--no-notices"),
        (*ANNOUNCE, "--retired", "2091-07-01"),
        ("notices", "deliver"),
        (*ANNOUNCE, "--retired", "2091-09-01"),
    ):
        done = shell.lifecycle(*arguments)
        assert done.code == 0, done.err
    assert shell.lifecycle("notices", "deliver", env=BY_OTHERS).code == 0
    return shell.home


@pytest.fixture
def told(made: Path, shell: Shell) -> Shell:
    """The same, for a test to act on."""
    shutil.copytree(made, shell.home, dirs_exist_ok=True)
    return shell


def notices(shell: Shell, *arguments: str, stdin: bytes = b"") -> Result:
    return shell.lifecycle("notices", *arguments, stdin=stdin)


def asked(shell: Shell, *arguments: str) -> Any:
    return json.loads(notices(shell, *arguments, "--json").out)


def runs(shell: Shell) -> tuple[str, str]:
    """The run that was delivered, and the one that is left."""
    *_, left, delivered = (str(each["run"]) for each in asked(shell, "list")["notices"])
    return delivered, left


def person(shell: Shell, text: str = ANNA) -> str:
    return str(json.loads(shell.lifecycle("directory", "find", text, "--json").out)["person"])


def head(shell: Shell) -> int:
    return int(json.loads(shell.lifecycle("doctor", "--json").out)["position"])


def in_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_runs_are_listed_with_what_became_of_them(told: Shell) -> None:
    lines = notices(told, "list").out.splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["open", "closed"]
    assert len(asked(told, "list", "--open")["notices"]) == 1
    assert len(asked(told, "list", "--model", "mistral-large")["notices"]) == 2
    assert notices(told, "list", "--model", "nothing").code == 3
    assert asked(told, "list", "--recorded-at", "@5") == {"position": 5, "notices": [], "overdue": []}


def test_a_run_is_shown_by_role_and_subscription(told: Shell) -> None:
    delivered, _ = runs(told)
    shown = notices(told, "show", delivered, "--subscriptions").out
    assert "11 accepted" in shown
    assert "service principal" in shown
    assert "days ahead" in shown
    assert f"{RETAIL} " in shown
    found = asked(told, "show", delivered, "--subscriptions")
    assert found["subscriptions"][SUPPORT]["accepted"] == 5
    assert found["lead_days_retired"]["least"] > 10_000
    assert [each["code"] for each in found["findings"]] == ["notices_incomplete"]
    assert notices(told, "show", "3").code == 3


def test_the_audit_takes_a_person_by_any_name_and_shows_none(told: Shell) -> None:
    rows = asked(told, "audit", "--person", ANNA)["rows"]
    assert len(rows) == 4
    assert {row["id"] for row in rows} == {person(told)}
    for by in (ANNA_ID, person(told)):
        assert asked(told, "audit", "--person", by)["rows"] == rows
    for form in ("--json", "--csv", "--jsonl"):
        shown = notices(told, "audit", form)
        assert "contoso" not in shown.out + shown.err
        assert "Berg" not in shown.out
    assert notices(told, "audit", "--person", "zoe@example.com").code == 3


def test_names_are_shown_where_they_are_asked_for_and_the_erased_as_erased(told: Shell) -> None:
    id_ = person(told)
    named = {row["id"]: (row["name"], row["mail"]) for row in in_csv(notices(told, "audit", "--csv", "--names").out)}
    assert named[id_] == ("", ANNA), "no listing told a name"
    assert ("Inês Costa", "ines.costa@contoso.com") in named.values()
    assert ANNA in notices(told, "audit", "--names").out
    assert told.lifecycle("directory", "erase", ANNA, "--yes").code == 0
    after = [row for row in asked(told, "audit", "--names")["rows"] if row["id"] == id_]
    assert [(row["name"], row["mail"]) for row in after] == [("erased", None)] * 4
    assert ANNA not in notices(told, "audit", "--names", "--jsonl").out
    assert len(asked(told, "audit", "--person", id_)["rows"]) == 4


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--subscription", SUPPORT), 10),
        (("--subscription", SUPPORT, "--role", "owner"), 4),
        (("--state", "excluded"), 2),
        (("--state", "pending", "--role", "monitoring reader"), 2),
        (("--model", "azure/mistral-large", "--state", "failed"), 0),
        (("--recorded-at", "@5"), 0),
    ],
)
def test_filters_hold_in_every_form(told: Shell, arguments: tuple[str, ...], count: int) -> None:
    assert len(asked(told, "audit", *arguments)["rows"]) == count
    assert len(in_csv(notices(told, "audit", *arguments, "--csv").out)) == count
    assert len(notices(told, "audit", *arguments, "--jsonl").out.splitlines()) == count
    assert f"{count} rows, as of position @" in notices(told, "audit", *arguments).err


def test_gaps_end_with_1_where_there_are_any(told: Shell) -> None:
    delivered, left = runs(told)
    assert notices(told, "gaps", "--days", "30", "--run", delivered, "--role", "owner").code == 0
    found = notices(told, "gaps", "--days", "30", "--run", left, "--jsonl")
    assert found.code == 1
    assert {json.loads(line)["state"] for line in found.out.splitlines()} == {"pending", "excluded"}
    assert notices(told, "gaps", "--days", "36500", "--date", "retired", "--run", delivered, "--role", "owner").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "--csv", "--json"),
        ("audit", "--state", "told"),
        ("gaps",),
        ("gaps", "--days", "3", "--date", "legacy"),
        ("record", "1"),
        ("record", "1", "x.csv", "--channel", "Their Mail"),
        ("record", "1", "x.csv", "--reported-by", "ann@example.com"),
    ],
)
def test_what_cannot_be_asked_is_refused(told: Shell, arguments: tuple[str, ...]) -> None:
    assert notices(told, *arguments).code == 2


def test_every_row_of_a_report_is_taken_or_told_with_its_line(told: Shell) -> None:
    _, left = runs(told)
    (told.home / "sent.csv").write_text(
        "address,recipient,result,at,code,reference\n"
        f"{ANNA},,accepted,{AT},250 2.0.0,q1\n"
        f",2,Permanent,{AT},550,\n"
        f"zoe@example.com,,accepted,{AT},250,\n"
        f",99,accepted,{AT},250,\n"
        f"{ANNA},1,accepted,{AT},250,\n"
        f"{CHEN},,delivered,{AT},250,\n"
        f"{CHEN},,accepted,yesterday,250,\n"
        f"{CHEN},,accepted,2999-01-01,250,\n"
        f"{CHEN},,permanent,{AT},550 <{CHEN}> unknown,\n"
        "one,cell\n"
    )
    done = notices(told, "record", left, "sent.csv")
    assert done.code == 1
    first, *rest = done.out.splitlines()
    assert first == "2 taken, 0 known before, 8 not taken"
    assert [line.partition(":")[0] for line in rest] == [f"  sent.csv, line {line}" for line in range(4, 12)]
    assert "@" not in done.out + done.err
    again = asked(told, "record", left, "sent.csv")
    assert (again["taken"], again["known"], len(again["not_taken"])) == (0, 2, 8), "it is known, and not recorded twice"
    (row, *_) = asked(told, "audit", "--person", ANNA, "--run", left)["rows"]
    assert (row["state"], row["channel"], row["reported_by"], row["code"]) == ("accepted", "provider-mail", "provider", "250 2.0.0")


def test_json_lines_from_standard_input_are_taken_too(told: Shell) -> None:
    _, left = runs(told)
    lines = [
        {"person": ANNA_ID, "result": "accepted", "at": AT, "code": 250},
        {"recipient": 2, "result": "accepted", "at": AT},
        {"recipient": 2, "result": "accepted", "at": AT, "kind": "mail"},
        [2],
    ]
    stdin = "\n".join([*map(json.dumps, lines), "{"]).encode()
    done = json.loads(notices(told, "record", left, "-", "--json", stdin=stdin).out)
    assert (done["taken"], [each["line"] for each in done["not_taken"]]) == (2, [3, 4, 5])


def test_a_run_is_closed_when_everybody_is_accounted_for_and_takes_bounces_still(told: Shell) -> None:
    _, left = runs(told)
    refused = notices(told, "close", left)
    assert (refused.code, "11 are not accounted for" in refused.err) == (4, True)
    rows = [f"{number},accepted,{AT}" for number in range(1, 12)]
    (told.home / "sent.csv").write_text("\n".join(["recipient,result,at", *rows]))
    assert notices(told, "record", left, "sent.csv").code == 0
    closed = notices(told, "close", left)
    assert (closed.code, closed.out) == (0, f"closed, recorded as #{head(told)}\n")
    assert notices(told, "close", left).out == "it is closed already\n"
    (told.home / "late.csv").write_text(f"recipient,result,at\n3,bounced,{AT}\n4,accepted,{AT}\n5,permanent,{AT}\n")
    late = notices(told, "record", left, "late.csv")
    assert (late.code, late.out.splitlines()[0]) == (1, "1 taken, 0 known before, 2 not taken")
    assert asked(told, "show", left)["failed"] == 1


def test_nothing_is_recorded_of_what_is_no_run_or_has_no_audience_yet(told: Shell) -> None:
    (told.home / "sent.csv").write_text(f"recipient,result,at\n1,accepted,{AT}\n")
    assert notices(told, "record", "3", "sent.csv").code == 3
    assert told.lifecycle(*ANNOUNCE, "--retired", "2092-01-01").code == 0
    before = head(told)
    assert notices(told, "record", str(before), "sent.csv").code == 4
    assert notices(told, "record", str(before), "nothing.csv").code == 2
    (told.home / "other.csv").write_text("who,when\n1,2\n")
    assert notices(told, "record", runs(told)[1], "other.csv").code == 2
    assert head(told) == before


def test_the_sample_has_no_notices(shell: Shell) -> None:
    assert asked(shell, "list")["notices"] == []
    assert asked(shell, "audit")["rows"] == []
    assert notices(shell, "gaps", "--days", "1").code == 0


def test_what_became_of_a_notice_and_of_a_run_is_proven(told: Shell) -> None:
    run, _ = runs(told)
    for arguments, kind in ((("--person", ANNA), "told"), ((), "closure")):
        done = notices(told, "prove", run, "proof.json", *arguments)
        assert (done.code, done.out) == (0, "")
        assert "verify_answer.py proof.json" in done.err
        bundle = json.loads((told.home / "proof.json").read_text())
        assert bundle["kind"] == kind
        assert ANNA not in (told.home / "proof.json").read_text()
    assert bundle["answer"]["closed_at"]
    assert notices(told, "prove", "1", "proof.json").code == 3
    assert notices(told, "prove", run, "proof.json", "--person", "nobody@example.com").code == 3
    assert notices(told, "prove", run, "proof.json", "--recorded-at", "@1").code == 3
