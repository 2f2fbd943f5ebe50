"""The views at the command line: built, looked at, and never made by one who only looks."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Shell

MODEL = "azure/mistral-nemo"


@pytest.fixture
def nemo(shell: Shell) -> Shell:
    dates = ("--legacy", "2025-02-01", "--retired", "2025-06-30", "--on-policy-breach", "record")
    done = shell.lifecycle("announce", MODEL, "--source", "mail", "--announced-at", "2025-01-10", "--list-as", "Mistral Nemo", *dates)
    assert done.code == 0, done.err
    return shell


def ledger(shell: Shell) -> Path:
    return shell.home / "data" / "lifecycle-ledger" / "ledger.db"


def views_file(shell: Shell) -> Path:
    return ledger(shell).with_name("ledger.views.db")


def rebuilt(shell: Shell) -> dict[str, Any]:
    done = shell.lifecycle("rebuild", "--json")
    assert done.code in {0, 1}, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told


def looked_at(shell: Shell, code: int = 0) -> list[dict[str, Any]]:
    done = shell.lifecycle("doctor", "--json")
    assert done.code == code, done.err
    told: list[dict[str, Any]] = json.loads(done.out)["views"]
    return told


def damage(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events_no_update'").fetchone()
        connection.execute("DROP TRIGGER stored_events_no_update")
        connection.execute("UPDATE stored_events SET state = CAST('{}' AS BLOB) WHERE rowid = 2")
        connection.execute(trigger)


def test_a_rebuild_tells_rows_position_and_digest_of_each_view(nemo: Shell) -> None:
    told = rebuilt(nemo)
    assert (told["position"], [(view["name"], view["rows"], view["position"]) for view in told["views"]]) == (
        2,
        [("current_stage", 3, 2), ("upcoming", 2, 2), ("directory", 0, 2), ("notices", 0, 2)],
    )
    assert told["seconds"] > 0
    assert [view["digest"] for view in rebuilt(nemo)["views"]] == [view["digest"] for view in told["views"]]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_rebuild_for_a_person(nemo: Shell, *, terminal: bool) -> None:
    done = nemo.lifecycle("rebuild", terminal=terminal)
    assert done.code == 0
    assert [line.split()[:3] for line in done.out.splitlines()] == [
        ["view", "rows", "position"],
        ["current_stage", "3", "2"],
        ["upcoming", "2", "2"],
        ["directory", "0", "2"],
        ["notices", "0", "2"],
    ]
    assert "2 entries in" in done.err


def test_anybody_can_ask_the_file_in_sql(nemo: Shell) -> None:
    rebuilt(nemo)
    with closing(sqlite3.connect(views_file(nemo))) as connection:
        assert connection.execute("SELECT model, stage FROM current_stage_now").fetchall() == [("mistral-nemo", "retired")]


def test_there_is_nothing_to_build_where_there_is_no_ledger(shell: Shell) -> None:
    refused = shell.lifecycle("rebuild")
    assert (refused.code, refused.out) == (5, "")
    assert "There is no ledger" in refused.err
    assert not views_file(shell).exists()


def test_doctor_tells_what_was_never_built_and_makes_nothing(nemo: Shell) -> None:
    assert [(view["name"], view["state"], view["position"]) for view in looked_at(nemo)] == [
        ("current_stage", "not_built", None),
        ("upcoming", "not_built", None),
        ("directory", "not_built", None),
        ("notices", "not_built", None),
    ]
    assert "not built; lifecycle rebuild" in nemo.lifecycle("doctor").out
    assert not views_file(nemo).exists()


def test_doctor_tells_how_far_each_view_is(nemo: Shell) -> None:
    digests = [view["digest"] for view in rebuilt(nemo)["views"]]
    assert [(view["state"], view["position"], view["lag"], view["digest"]) for view in looked_at(nemo)] == [
        ("fine", 2, 0, digest) for digest in digests
    ]
    assert nemo.lifecycle("announce", MODEL, "--source", "mail", "--retired", "2025-12-30").code == 0
    assert [view["lag"] for view in looked_at(nemo)] == [1, 1, 1, 1]
    assert f"upcoming       2         1    {digests[1]}  fine" in nemo.lifecycle("doctor").out


def test_a_view_that_has_stopped_needs_a_person(nemo: Shell) -> None:
    damage(ledger(nemo))
    done = nemo.lifecycle("rebuild")
    assert done.code == 1
    assert "upcoming stopped: Entry 2" in done.err
    assert [(view["state"], view["position"], view["lag"], view["stopped_at"]) for view in looked_at(nemo, code=1)] == [
        ("stopped", 1, 1, 2),
        ("stopped", 1, 1, 2),
        ("fine", 2, 0, None),
        ("fine", 2, 0, None),
    ]
    told = nemo.lifecycle("doctor")
    assert (told.code, "stopped: Entry 2" in told.out) == (1, True)


def test_a_file_that_is_something_else_is_left_as_it_is_and_needs_a_person(nemo: Shell) -> None:
    views_file(nemo).write_text("x" * 4096)
    assert {(view["name"], view["state"]) for view in looked_at(nemo, code=1)} == {
        ("current_stage", "unavailable"),
        ("upcoming", "unavailable"),
        ("directory", "unavailable"),
        ("notices", "unavailable"),
    }
    refused = nemo.lifecycle("rebuild")
    assert (refused.code, "left as it is" in refused.err or "left as it was" in refused.err) == (5, True)
    assert views_file(nemo).read_text() == "x" * 4096


def test_the_sample_has_no_views(shell: Shell) -> None:
    assert looked_at(shell) == []
    assert "current_stage" not in shell.lifecycle("doctor").out
