"""Recording at the command line: what is appended, what is refused, and that nothing is written then."""

import json
from pathlib import Path

import pytest

from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.cli import Result, Shell

LISTED = ("--list-as", "Mistral Nemo", "--provider", "Mistral AI")
MODEL = "azure/mistral-nemo"


@pytest.fixture
def nemo(shell: Shell) -> Shell:
    """A ledger with the catalog's rules and one model, announced in order."""
    assert shell.lifecycle("policy", "--adopt", "azure-serverless-v1").code == 0
    dates = ("--legacy", "2025-02-01", "--deprecated", "2025-03-15", "--retired", "2025-06-30")
    done = shell.lifecycle("announce", MODEL, "--source", "mail", "--announced-at", "2025-01-10", *LISTED, *dates)
    assert done.code == 0, done.err
    return shell


def head(shell: Shell) -> int:
    return int(json.loads(shell.lifecycle("doctor", "--json").out)["position"])


def stage(shell: Shell, *options: str) -> str:
    return str(json.loads(shell.lifecycle("stage", MODEL, *options, "--json").out)["stage"])


def announce(shell: Shell, *options: str) -> Result:
    return shell.lifecycle("announce", MODEL, "--source", "mail", *options)


def test_an_announcement_answers_at_once(nemo: Shell) -> None:
    assert (stage(nemo, "--valid-at", "2025-03-15"), stage(nemo, "--valid-at", "2025-03-14")) == ("deprecated", "legacy")


def test_floors_months_and_withdrawn_dates_can_be_announced(nemo: Shell) -> None:
    assert announce(nemo, "--retired", "not before 2025-09-01").code == 0
    assert stage(nemo, "--valid-at", "2026-01-01") == "deprecated"
    assert announce(nemo, "--retired", "2025-08").code == 0
    assert (stage(nemo, "--valid-at", "2025-08-31"), stage(nemo, "--valid-at", "2025-09-01")) == ("deprecated", "retired")
    assert announce(nemo, "--retired", "withdrawn").code == 0
    assert stage(nemo, "--valid-at", "2026-01-01") == "deprecated"


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "in the future": (("--announced-at", "2999-01-01", "--retired", "2999-02-01"), 2, "in the future"),
    "a naive instant": (("--announced-at", "2025-01-10T10:00:00", "--retired", "2025-09-01"), 2, "no offset"),
    "an impossible date": (("--retired", "2026-09-31"), 2, "not a date"),
    "a date in prose": (("--retired", "soon"), 2, "not a date"),
    "out of order": (("--retired", "2025-03-01"), 2, "Put the dates in the order"),
    "too short a window": (("--retired", "2025-05-01"), 2, "43 days are missing"),
    "nothing stated": ((), 2, "states nothing"),
    "an unknown stage": (("--label", "sunset"), 2, "sunset"),
    "an unknown option": (("--retird", "2025-09-01"), 2, "retird"),
    "itself as replacement": (("--replacement", MODEL), 2, "cannot replace itself"),
    "a replacement that is no key": (("--replacement", "mistral nemo 2"), 2, "catalog/model"),
    "a stale version": (("--retired", "2025-09-01", "--expected-version", "1"), 4, "is at version 2, not 1"),
    "a bad scope": (("--retired", "2025-09-01", "--scope", "version"), 2, "scope key"),
}


@pytest.mark.parametrize(("options", "code", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_announcement_says_why_and_writes_nothing(nemo: Shell, options: tuple[str, ...], code: int, says: str) -> None:
    before = head(nemo)
    refused = announce(nemo, *options)
    assert (refused.code, refused.out) == (code, "")
    assert says in refused.err
    assert "Traceback" not in refused.err
    assert head(nemo) == before


@pytest.mark.parametrize(
    "name",
    ["azure/a/b", "azure/a b", "azure/..", "azure/" + "x" * 10_000, "azure/a\u202eb", "azure/", "mistral-nemo", "AZURE/x", "azure/X"],
)
def test_a_name_that_cannot_be_used_is_refused(nemo: Shell, name: str) -> None:
    before = head(nemo)
    refused = nemo.lifecycle("announce", name, "--source", "mail", "--retired", "2030-01-01", "--list-as", "A")
    assert (refused.code, head(nemo)) == (2, before)


def test_a_breach_is_recorded_where_that_is_asked_for(nemo: Shell) -> None:
    assert announce(nemo, "--retired", "2025-05-01", "--on-policy-breach", "record").code == 0
    findings = json.loads(nemo.lifecycle("stage", MODEL, "--json").out)["findings"]
    assert {"code": "deprecated_window_short", "days": 47, "required": 90, "policy_version": 1} in findings


def test_an_unknown_model_is_not_made_by_a_typing_mistake(nemo: Shell) -> None:
    before = head(nemo)
    refused = nemo.lifecycle("announce", "azure/mistral-nemmo", "--source", "mail", "--retired", "2030-01-01")
    assert (refused.code, head(nemo)) == (3, before)
    assert "Did you mean azure/mistral-nemo" in refused.err


def test_a_command_key_is_carried_out_once(nemo: Shell) -> None:
    keyed = ("--retired", "2025-09-01", "--command-key", "order-7", "--json")
    first, again = announce(nemo, *keyed), announce(nemo, *keyed)
    assert json.loads(first.out) == json.loads(again.out)
    other = announce(nemo, "--retired", "2025-10-01", "--command-key", "order-7")
    assert (other.code, "used for another command" in other.err) == (4, True)


def test_a_recorders_withdrawal_drops_the_claim_at_every_point_of_knowledge(nemo: Shell) -> None:
    claim = json.loads(announce(nemo, "--retired", "2025-09-01", "--announced-at", "2025-02-01", "--json").out)["position"]
    withdrawn = nemo.lifecycle("withdraw", MODEL, str(claim), "--by", "recorder", "--reason", "misread")
    assert withdrawn.code == 0
    assert stage(nemo, "--valid-at", "2025-07-01", "--known-at", "2025-03-01") == "retired"
    assert stage(nemo, "--valid-at", "2025-07-01", "--known-at", "2025-03-01", "--recorded-at", f"@{claim}") == "deprecated"


def test_a_withdrawal_can_be_withdrawn_and_a_claim_only_once(nemo: Shell) -> None:
    taken = nemo.lifecycle("withdraw", MODEL, "3", "--by", "recorder", "--reason", "misread", "--json")
    assert nemo.lifecycle("withdraw", MODEL, "3", "--by", "recorder", "--reason", "again").code == 4
    assert stage(nemo, "--valid-at", "2025-07-01") == "generally_available"
    position = str(json.loads(taken.out)["position"])
    assert nemo.lifecycle("withdraw", MODEL, position, "--by", "recorder", "--reason", "it was right").code == 0
    assert stage(nemo, "--valid-at", "2025-07-01") == "retired"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("99", "--by", "recorder", "--reason", "x"), "is no claim about"),
        (("1", "--by", "recorder", "--reason", "x"), "is no claim about"),
        (("3", "--by", "recorder", "--reason", "  "), "Say why"),
        (("3", "--by", "provider", "--reason", "x", "--announced-at", "2025-01-01"), "before it was announced"),
        (("3", "--by", "nobody", "--reason", "x"), "nobody"),
        (("3", "--by", "recorder"), "reason"),
    ],
)
def test_a_withdrawal_names_a_claim_and_says_why(nemo: Shell, arguments: tuple[str, ...], says: str) -> None:
    before = head(nemo)
    refused = nemo.lifecycle("withdraw", MODEL, *arguments)
    assert (refused.code, says in refused.err, head(nemo)) == (2, True, before)


def test_a_transition_is_a_fact_of_the_provider(nemo: Shell) -> None:
    done = nemo.lifecycle("transition", MODEL, "generally_available", "--effective-at", "2025-03-20", "--source", "mail")
    assert done.code == 0
    assert stage(nemo, "--valid-at", "2025-04-01") == "generally_available"


def test_tick_records_each_passed_edge_once(nemo: Shell) -> None:
    first = json.loads(nemo.lifecycle("tick", "--json").out)["entered"]
    assert [(edge["stage"], edge["effective_at"]) for edge in first] == [
        ("legacy", "2025-02-01T00:00:00Z"),
        ("deprecated", "2025-03-15T00:00:00Z"),
        ("retired", "2025-06-30T00:00:00Z"),
    ]
    assert json.loads(nemo.lifecycle("tick", "--json").out)["entered"] == []
    before = json.loads(nemo.lifecycle("stage", MODEL, "--valid-at", "2025-04-01", "--json").out)
    assert (before["stage"], before["basis"]) == ("deprecated", "plan")


def test_the_actor_stands_on_each_entry(nemo: Shell) -> None:
    announce(nemo, "--retired", "2025-09-01", "--actor", "ada")
    entries = json.loads(nemo.lifecycle("history", MODEL, "--json").out)["entries"]
    assert entries[-1]["actor"] == "ada"


def test_a_policy_is_adopted_from_a_file_and_only_a_newer_one(nemo: Shell) -> None:
    second = AZURE_SERVERLESS_V1.model_copy(update={"version": 2, "legacy_days_min": 60})
    (nemo.home / "policy.json").write_text(second.model_dump_json())
    assert nemo.lifecycle("policy", "--adopt", "policy.json").code == 0
    assert nemo.lifecycle("policy", "--adopt", "azure-serverless-v1").code == 4
    told = json.loads(nemo.lifecycle("policy", "azure", "--json").out)["policies"]
    assert [(entry["event"]["version"], entry["event"]["retired_call_returns"]) for entry in told] == [(1, None), (2, None)]


@pytest.mark.parametrize("content", [None, "not json", "{}", '{"version": "two"}'])
def test_a_policy_file_that_is_none_is_a_clear_problem(nemo: Shell, content: str | None) -> None:
    if content is not None:
        Path(nemo.home / "policy.json").write_text(content)
    before = head(nemo)
    refused = nemo.lifecycle("policy", "--adopt", "policy.json")
    assert (refused.code, head(nemo)) == (2, before)
    assert "policy.json" in refused.err


def test_a_read_only_ledger_can_be_asked_and_not_written(nemo: Shell) -> None:
    path = nemo.home / "data" / "lifecycle-ledger" / "ledger.db"
    assert path.exists()
    newer = nemo.lifecycle("stage", MODEL, "--valid-at", "2025-07-01")
    assert newer.code == 0


def test_two_versions_for_one_model_are_refused(nemo: Shell) -> None:
    refused = nemo.lifecycle("announce", f"{MODEL}@2", "--scope", "version=3", "--source", "mail", "--retired", "2025-09-01")
    assert (refused.code, "give one of the two" in refused.err) == (2, True)


def test_a_new_model_whose_announcement_is_refused_is_not_listed_either(nemo: Shell) -> None:
    before = head(nemo)
    new = ("announce", "azure/new", "--source", "mail", "--list-as", "New")
    refused = nemo.lifecycle(*new, "--legacy", "2030-03-01", "--deprecated", "2030-02-01")
    assert (refused.code, head(nemo)) == (2, before)
    assert nemo.lifecycle("stage", "azure/new").code == 3
    done = json.loads(nemo.lifecycle(*new, "--retired", "2030-02-01", "--command-key", "new", "--json").out)
    assert done["positions"] == [before + 1, before + 2]
    assert json.loads(nemo.lifecycle(*new, "--retired", "2030-02-01", "--command-key", "new", "--json").out) == done


def test_a_dry_run_tells_what_would_be_answered_and_writes_nothing(nemo: Shell) -> None:
    before = head(nemo)
    told = announce(nemo, "--retired", "2025-05-01", "--on-policy-breach", "record", "--dry-run")
    assert (told.code, told.err) == (0, "Nothing was written.\n")
    assert "now   azure/mistral-nemo: retired at" in told.out
    assert "date_moved_earlier: the retired date moved 60 days earlier" in told.out
    content = json.loads(announce(nemo, "--retired", "withdrawn", "--dry-run", "--json").out)
    assert (content["before"]["stage"], content["after"]["stage"], content["positions"]) == ("retired", "deprecated", [before + 1])
    assert announce(nemo, "--retired", "2025-05-01", "--dry-run").code == 2, "what would be refused is refused"
    new = nemo.lifecycle("announce", "azure/new", "--source", "mail", "--list-as", "New", "--legacy", "2025-01-01", "--dry-run")
    assert "now   the ledger holds nothing about it" in new.out
    assert head(nemo) == before
