"""What is due: firm dates that have passed, each recorded once."""

from dataclasses import replace

from domain.commands import ConfirmStage
from domain.dates import not_before
from domain.decisions import confirm_stage
from domain.due import command_key, due_stages
from domain.events import Event
from domain.model import fold
from domain.stages import Stage
from domain.subjects import WHOLE, Scope
from tests.spec import KEY, announced, at, day_text, entered, entries_of, just_before, listed, misread

LEGACY, DEPRECATED, RETIRED = Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED
V1 = {"version": "1"}


def due(now: str, *said: Event) -> list[tuple[Scope, Stage, str | None]]:
    return [(one.scope, one.stage, day_text(one.effective_at)) for one in due_stages(fold(KEY, entries_of(*said)), at(now))]


def test_a_firm_date_is_due_from_its_first_instant() -> None:
    plan = announced(legacy="2024-07-01", deprecated="2024-07-31", retired=not_before("2024-06-02"))
    assert due(just_before("2024-07-01"), listed(), plan) == []
    assert due("2024-07-01", listed(), plan) == [(WHOLE, LEGACY, "2024-07-01")]
    assert due("2025-01-01", listed(), plan) == [(WHOLE, LEGACY, "2024-07-01"), (WHOLE, DEPRECATED, "2024-07-31")]


def test_each_scope_is_due_by_the_claim_that_decides_it_there() -> None:
    said = (listed(), announced(legacy="2024-07-01", retired="2024-09-01"), announced(legacy="2024-08-01", scope=V1))
    assert due("2025-01-01", *said) == [
        (WHOLE, LEGACY, "2024-07-01"),
        (WHOLE, RETIRED, "2024-09-01"),
        (Scope.of(V1), LEGACY, "2024-08-01"),
    ]


def test_what_was_confirmed_is_due_no_more_and_a_moved_date_is_due_anew() -> None:
    said: list[Event] = [listed(), announced(legacy="2024-07-01")]
    (command,) = due_stages(fold(KEY, entries_of(*said)), at("2024-07-02"))
    confirmed = confirm_stage(fold(KEY, entries_of(*said)), command, at("2024-07-02"))
    assert confirmed is not None
    said.append(confirmed)
    assert due("2024-07-02", *said) == []
    said.append(announced("2024-07-03", legacy="2024-08-01"))
    assert due("2024-08-01", *said) == [(WHOLE, LEGACY, "2024-08-01")]


def test_what_the_provider_says_itself_confirms_no_date() -> None:
    assert due("2024-07-02", listed(), announced(legacy="2024-07-01"), entered(LEGACY, "2024-07-01")) == [(WHOLE, LEGACY, "2024-07-01")]


def test_a_withdrawn_date_is_not_due() -> None:
    assert due("2024-12-01", listed(), announced(legacy="2024-07-01"), misread(2)) == []


def test_each_edge_has_a_command_key_of_its_own() -> None:
    scopes = [WHOLE, Scope.of({"a": "1", "b": "2"}), Scope((("a", "1, b=2"),)), Scope.of({"a": '1","b":"2'})]
    commands = [
        ConfirmStage(key=KEY, scope=scope, stage=stage, effective_at=at(day))
        for scope in scopes
        for stage in (LEGACY, RETIRED)
        for day in ("2024-07-01", "2024-07-02")
    ]
    assert len({command_key(command) for command in commands}) == len(commands)
    assert command_key(commands[0]) == command_key(replace(commands[0]))
