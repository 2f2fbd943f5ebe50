"""Asking at the command line: by part of a name, on three clocks, with the reasons."""

import json
import re
from typing import Any

import pytest

from tests.cli import Shell


def test_without_a_command_it_says_what_it_is_for_and_names_the_next_two(shell: Shell) -> None:
    told = shell.lifecycle()
    assert told.code == 0
    assert "lifecycle stage mistral-large --valid-at 2025-01-20" in told.out
    assert "lifecycle import" in told.out


def test_without_a_ledger_the_sample_answers_and_says_so(shell: Shell) -> None:
    answered = shell.lifecycle("stage", "mistral-large", "--valid-at", "2025-01-20")
    assert (answered.code, answered.out.splitlines()[0]) == (0, "azure/mistral-large: deprecated at 2025-01-20")
    assert "sample" in answered.err
    assert not (shell.home / "data").exists()


@pytest.mark.parametrize(
    ("valid_at", "stage"),
    [
        ("2024-12-14T23:59:59Z", "generally_available"),
        ("2024-12-15", "legacy"),
        ("2025-01-20", "deprecated"),
        ("2025-04-15", "retired"),
        ("2025-04-15T01:59:59+02:00", "deprecated"),
    ],
)
def test_the_seeds_row_answers_at_each_of_its_dates(shell: Shell, valid_at: str, stage: str) -> None:
    assert json.loads(shell.lifecycle("stage", "azure/mistral-large", "--valid-at", valid_at, "--json").out)["stage"] == stage


def test_a_stage_answer_names_its_evidence_and_can_be_repeated_exactly(shell: Shell) -> None:
    shell.lifecycle("import", "--sample", env=demo(shell))
    first = json.loads(shell.lifecycle("stage", "mistral-large", "--valid-at", "2025-01-20", "--json", env=demo(shell)).out)
    assert first["next"] == {"stage": "retired", "on": "2025-04-15T00:00:00Z"}
    assert (first["new_deployments"], first["existing_deployments"]) == (False, True)
    assert {item["type"] for item in first["evidence"]} == {"ModelListed", "RetirementAnnounced"}
    assert all(item["backdated"] for item in first["evidence"])
    shell.lifecycle("announce", "azure/mistral-large", "--source", "mail", "--retired", "2027-01-01", env=demo(shell))
    clocks = ("--valid-at", first["valid_at"], "--known-at", first["known_at"], "--recorded-at", f"@{first['position']}")
    again = json.loads(shell.lifecycle("stage", "mistral-large", *clocks, "--json", env=demo(shell)).out)
    assert again == first


def demo(shell: Shell) -> dict[str, str]:
    return {"LIFECYCLE_ACTOR": "demo", "LIFECYCLE_DATABASE": f"sqlite:///{shell.home / 'demo.db'}"}


def test_a_part_of_a_name_that_is_not_unique_lists_the_candidates(shell: Shell) -> None:
    told = shell.lifecycle("stage", "ada-002")
    assert told.code == 3
    assert "azure-openai/text-embedding-ada-002" in shell.lifecycle("stage", "embedding-ada").out
    told = shell.lifecycle("stage", "embedding-3")
    assert told.code == 3
    assert "text-embedding-3-large" in told.err
    assert "text-embedding-3-small" in told.err


@pytest.mark.parametrize("typed", ["mistral-lage", "azure/mistral-lrge", "Mistral Lareg"])
def test_a_model_that_is_not_there_ends_with_3_and_the_nearest_names(shell: Shell, typed: str) -> None:
    told = shell.lifecycle("stage", typed)
    assert (told.code, told.out) == (3, "")
    assert "Did you mean azure/mistral-large" in told.err


def test_nothing_known_not_listed_and_no_such_model_are_three_answers_and_no_stage(shell: Shell) -> None:
    listed = '{"model": "azure/a", "retired": {"on": "2030-01-01"}, "source": {"name": "mail"}, "seen_on": "2025-01-01"}\n'
    (shell.home / "a.jsonl").write_text(listed)
    shell.lifecycle("import", "a.jsonl")
    unknown = shell.lifecycle("stage", "azure/a", "--known-at", "2024-12-31", "--json")
    answer = json.loads(unknown.out)
    assert (unknown.code, answer["status"], answer["stage"]) == (3, "not_known", None)
    assert answer["first_known_at"] == "2025-01-01T00:00:00Z"
    assert shell.lifecycle("stage", "azure/b").code == 3
    assert "nothing was known at 2024-12-31" in shell.lifecycle("stage", "azure/a", "--known-at", "2024-12-31").out


def test_a_question_that_names_no_version_lists_the_versions(shell: Shell) -> None:
    told = json.loads(shell.lifecycle("stage", "azure-openai/gpt-35-turbo", "--valid-at", "2025-02-20", "--json").out)
    by_version = {item["scope"]["version"]: item["stage"] for item in told["by_scope"]}
    assert by_version == {"0301": "retired", "0613": "retired", "1106": "generally_available", "0125": "generally_available"}
    one = json.loads(shell.lifecycle("stage", "gpt-35-turbo", "--scope", "version=0301", "--valid-at", "2025-02-20", "--json").out)
    assert one["stage"] == "retired"
    short = json.loads(shell.lifecycle("stage", "azure-openai/gpt-35-turbo@0301", "--valid-at", "2025-02-20", "--json").out)
    assert short["stage"] == "retired"


def test_the_date_moved_after_it_was_known_and_both_views_stay(shell: Shell) -> None:
    question = ("stage", "azure-openai/gpt-35-turbo@0301", "--valid-at", "2025-02-01", "--json")
    assert json.loads(shell.lifecycle(*question, "--known-at", "2024-11-01").out)["stage"] == "retired"
    assert json.loads(shell.lifecycle(*question).out)["stage"] == "generally_available"


def test_explain_names_the_claim_that_answers_and_the_rule(shell: Shell) -> None:
    told = json.loads(shell.lifecycle("explain", "azure-openai/gpt-35-turbo@0301", "--valid-at", "2025-02-20", "--json").out)
    deciding = [claim for claim in told["claims"] if "stage" in claim["decides"]]
    assert [claim["event"]["announced_at"] for claim in deciding] == ["2024-11-13T00:00:00Z"]
    assert "has passed" in deciding[0]["why"]
    other = {claim["standing"] for claim in told["claims"] if claim["event"]["scope"] != {"version": "0301"}}
    assert other == {"other_scope"}
    shown = shell.lifecycle("explain", "azure-openai/gpt-35-turbo@0301", "--valid-at", "2025-02-20").out
    assert "=>" in shown


def test_diff_shows_what_moved_between_two_points_of_knowledge(shell: Shell) -> None:
    asked = ("diff", "--known-at", "2024-11-20", "--known-at", "2024-12-15", "--catalog", "azure-openai", "--valid-at", "2025-01-01")
    told = json.loads(shell.lifecycle(*asked, "--json").out)
    moved = {(item["model"], item["scope"].get("version", "")): item["changes"] for item in told["differences"]}
    assert moved[("azure-openai/gpt-3.5-turbo-instruct", "0914")] == [
        {"code": "moved_earlier", "stage": "retired", "before": "not before 2025-09-14", "after": "not before 2025-02-01", "days": -225}
    ]
    assert ("azure-openai/dall-e-2", "2") not in moved


def test_diff_needs_two_points(shell: Shell) -> None:
    assert shell.lifecycle("diff", "--known-at", "2024-11-20").code == 2


def test_upcoming_is_in_order_and_within(shell: Shell) -> None:
    told = json.loads(shell.lifecycle("upcoming", "--valid-at", "2025-01-20", "--within", "30", "--json").out)["upcoming"]
    instants = [item["next"].get("on") or item["next"]["not_before"] for item in told]
    assert instants == sorted(instants)
    assert instants[-1] <= "2025-02-19"
    assert {"model": "azure-openai/dall-e-2", "scope": {"version": "2"}, "stage": "generally_available"}.items() <= told[1].items()


def test_catalog_answers_for_every_model_and_filters(shell: Shell) -> None:
    told = json.loads(shell.lifecycle("catalog", "--catalog", "azure", "--valid-at", "2025-01-20", "--json").out)
    assert {row["model"]: row["stage"] for row in told["models"]} == {
        "azure/mistral-large": "deprecated",
        "azure/mistral-large-2407": "legacy",
    }
    legacy = json.loads(shell.lifecycle("catalog", "--stage", "legacy", "--valid-at", "2025-01-20", "--json").out)
    assert [row["model"] for row in legacy["models"]] == ["azure/mistral-large-2407"]


def test_doctor_tells_file_version_position_and_ages(shell: Shell) -> None:
    shell.lifecycle("import", "--sample", env=demo(shell))
    told = json.loads(shell.lifecycle("doctor", "--json", env=demo(shell)).out)
    assert told["database"].endswith("demo.db")
    assert (told["schema_version"], told["models"]) == (2, 43)
    ages = {source["source"]: (source["seen_on"], source["readings"]) for source in told["sources"]}
    assert ages == {"azure-openai-retirements": ("2024-12-13", 6), "azure-serverless-retirements": ("2025-01-16", 6)}
    assert all(source["age_days"] > 600 for source in told["sources"])


BAD_QUESTIONS: list[tuple[str, ...]] = [
    ("--valid-at", "2025-01-20T09:00:00"),
    ("--valid-at", "2026-09-31"),
    ("--valid-at", "tomorrow"),
    ("--valid-at", ""),
    ("--known-at", "2999-01-01"),
    ("--recorded-at", "2999-01-01"),
    ("--recorded-at", "@999999"),
    ("--recorded-at", "@-1"),
    ("--recorded-at", "@x"),
    ("--scope", "version"),
    ("--scope", "Version!=2"),
    ("--scope", "version="),
    ("--no-such-option",),
]


@pytest.mark.parametrize("options", BAD_QUESTIONS, ids=" ".join)
def test_a_bad_question_is_a_clear_problem(shell: Shell, options: tuple[str, ...]) -> None:
    told = shell.lifecycle("stage", "mistral-large", *options)
    assert (told.code, told.out) == (2, "")
    assert told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("model", ["azure/a/b", "azure/..", "a b c", "x" * 10_000, "a\u202eb", "", "/", "@", "azure/"])
def test_a_strange_name_is_no_model(shell: Shell, model: str) -> None:
    told = shell.lifecycle("stage", model)
    assert told.code in {2, 3}
    assert "Traceback" not in told.err
    assert len(told.err) < 2_000


DATABASES: dict[str, tuple[str, int]] = {
    "no address": ("ledger.db", 2),
    "another engine": ("mysql://x", 2),
    "not there": ("sqlite:///nowhere.db", 5),
    "not a database": ("sqlite:///text.db", 5),
    "another database": ("sqlite:///other.db", 5),
    "a folder": ("sqlite:///.", 5),
}


@pytest.mark.parametrize(("database", "code"), DATABASES.values(), ids=DATABASES.keys())
def test_a_database_that_is_none_of_ours_is_a_clear_problem(shell: Shell, database: str, code: int) -> None:
    import sqlite3  # noqa: PLC0415

    (shell.home / "text.db").write_text("This is a letter.\n" * 1000)
    other = sqlite3.connect(shell.home / "other.db")
    other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    told = shell.lifecycle("stage", "mistral-large", "--database", database)
    assert (told.code, told.out) == (code, "")
    assert told.err.startswith("lifecycle: ")


def test_every_command_prints_json(shell: Shell) -> None:
    asked: list[tuple[str, ...]] = [
        ("stage", "mistral-large"),
        ("history", "mistral-large"),
        ("explain", "mistral-large"),
        ("catalog",),
        ("upcoming",),
        ("diff", "--known-at", "2024-11-01", "--known-at", "2024-12-01"),
        ("policy",),
        ("doctor",),
    ]
    for arguments in asked:
        told: Any = json.loads(shell.lifecycle(*arguments, "--json").out)
        assert told


def test_history_and_policy_are_told_as_of_a_point_of_knowledge_and_of_the_log(shell: Shell) -> None:
    model = "azure-openai/gpt-35-turbo"
    told = json.loads(shell.lifecycle("history", f"{model}@0301", "--json").out)["entries"]
    assert {entry["event"]["scope"]["version"] for entry in told} == {"0301"}
    before = json.loads(shell.lifecycle("history", model, "--scope", "version=0301", "--known-at", "2024-11-01", "--json").out)["entries"]
    assert [entry["position"] for entry in before] == [entry["position"] for entry in told][: len(before)]
    assert len(before) < len(told)
    assert json.loads(shell.lifecycle("policy", "azure", "--known-at", "2024-11-21", "--json").out)["policies"] == []
    assert json.loads(shell.lifecycle("policy", "azure", "--recorded-at", "@0", "--json").out)["policies"] == []
    assert len(json.loads(shell.lifecycle("policy", "azure", "--json").out)["policies"]) == 1


def test_upcoming_and_diff_take_a_scope(shell: Shell) -> None:
    scope = ("--scope", "version=0301", "--catalog", "azure-openai", "--json")
    upcoming = json.loads(shell.lifecycle("upcoming", "--valid-at", "2025-01-20", *scope).out)["upcoming"]
    assert {item["model"] for item in upcoming if item["scope"] == {"version": "0301"}} >= {"azure-openai/gpt-35-turbo"}
    days = ("--known-at", "2024-11-01", "--known-at", "2024-11-20")
    moved = json.loads(shell.lifecycle("diff", *days, *scope).out)["differences"]
    assert "azure-openai/gpt-35-turbo" in {item["model"] for item in moved}


TOLD_TO_PEOPLE: dict[tuple[str, ...], str] = {
    (
        "catalog",
        "--valid-at",
        "2025-01-20",
    ): r"azure/mistral-large-2407 +legacy +2025-01-13 +deprecated on 2025-02-13 +announced_after_effective, deprec",
    ("catalog", "--known-at", "2024-10-10", "--catalog", "azure"): r"azure/mistral-large +not known +- +-",
    (
        "upcoming",
        "--valid-at",
        "2025-01-20",
    ): r"not before 2025-02-01 +azure-openai/gpt-3\.5-turbo-instruct@0914 +generally available +retired",
    ("diff", "--known-at", "2024-10-10", "--known-at", "2024-11-22"): r"azure/mistral-large +new",
    ("policy",): r"azure +1 +2024-11-22 +30 +90 +not stated +owner, contributor, reader, monitoring contributor, monitoring reader",
    ("doctor",): r"azure-openai +azure-openai-retirements +2024-12-13 +\d+ +6",
    ("history", "mistral-large"): r"#\d+ +2024-11-22 +azure-serverless-retirements +all +legacy 2024-12-15; deprecated 2025-01-15",
    ("stage", "gpt-4o", "--valid-at", "2025-01-20"): r"gpt-4o@2024-05-13: generally available, next: retired not before 2025-05-20",
    ("explain", "azure-openai/babbage-002@1", "--known-at", "2024-10-10"): r"nothing was known at 2024-10-10; the first .* 2024-10-26",
}


@pytest.mark.parametrize(
    ("arguments", "line"), TOLD_TO_PEOPLE.items(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_people_are_told_in_lines(shell: Shell, arguments: tuple[str, ...], line: str) -> None:
    assert re.search(line, shell.lifecycle(*arguments).out)


def test_the_version_is_told(shell: Shell) -> None:
    assert re.match(r"\d", shell.lifecycle("--version").out)
