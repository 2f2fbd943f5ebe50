"""Rows follow from a history alone, and say what the rules say, at, just before and just after every boundary."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.dates import not_before
from domain.due import due_stages
from domain.events import Basis, PolicyAdopted
from domain.instants import parse_instant
from domain.model import fold
from domain.recorded import Recorded
from domain.rules.answers import Question, StageAnswer, Status
from domain.rules.questions import answer
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope
from projections.tables import current_stage, upcoming
from projections.tables.columns import instant_text, scope_text
from projections.tables.subject import EVERYTHING_KNOWN, Subject
from tests.histories import KEY, histories
from tests.spec import announced, entered, entries_of, listed, misread

TICK = timedelta(microseconds=1)
THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
models = histories().map(lambda entries: [e for e in entries if not isinstance(e.event, PolicyAdopted)]).filter(bool)


class Stretch(NamedTuple):
    catalog: str
    model: str
    scope: str
    stretch: int
    provider: str | None
    name: str | None
    status: str
    stage: str | None
    since: str | None
    until: str | None
    basis: str | None
    decided_by: int | None
    replacements: str
    position: int

    def holds_at(self, instant: str) -> bool:
        return (self.since is None or self.since <= instant) and (self.until is None or instant < self.until)


class Planned(NamedTuple):
    catalog: str
    model: str
    scope: str
    stage: str
    at: str
    firm: bool
    text: str
    decided_by: int
    recorded: bool
    replacements: str


def stretches(history: Sequence[Recorded]) -> list[Stretch]:
    return [Stretch(*row) for row in current_stage.VIEW.rows(Subject(history))]  # type: ignore[arg-type]  # a row of that table


def planned(history: Sequence[Recorded]) -> list[Planned]:
    return [Planned(*row) for row in upcoming.VIEW.rows(Subject(history))]  # type: ignore[arg-type]  # a row of that table


def asked(history: Sequence[Recorded], valid_at: datetime) -> StageAnswer:
    question = Question(KEY, WHOLE, valid_at, EVERYTHING_KNOWN, history[-1].position, None)
    return answer(lambda stream: history if stream == model_stream(KEY) else (), question)


@THOROUGH
@given(models)
def test_the_row_that_holds_says_what_the_rules_say(history: Sequence[Recorded]) -> None:
    found = stretches(history)
    for scope in {row.scope: None for row in found}:
        of_scope = [row for row in found if row.scope == scope]
        timeline = Timeline(history, (), next(s for s in scopes_of(history) if scope_text(s) == scope), EVERYTHING_KNOWN)
        bounds = [*timeline.edges, *(parse_instant(text) for row in of_scope for text in (row.since, row.until) if text)]
        for instant in [at + step for at in bounds for step in (-TICK, timedelta(0), TICK)] or [EVERYTHING_KNOWN]:
            expected = timeline.at(instant)
            holding = [row for row in of_scope if row.holds_at(instant_text(instant))]
            if expected.status is Status.NOT_LISTED:
                assert holding == []
                continue
            (row,) = holding
            told = (expected.status, expected.stage, text_of(expected.since), text_of(expected.until))
            assert (row.status, row.stage, row.since, row.until) == told
            if expected.since in {instant, None}:
                began = timeline.at(expected.since or datetime.min.replace(tzinfo=UTC))
                assert (row.basis, row.decided_by) == (began.basis, began.decided_by)


@THOROUGH
@given(models)
def test_the_scopes_are_those_of_the_catalog(history: Sequence[Recorded]) -> None:
    found = asked(history, EVERYTHING_KNOWN)
    whole = [WHOLE] if found.status is not Status.NOT_KNOWN or not found.by_scope else []
    told = list(dict.fromkeys(row.scope for row in stretches(history)))
    assert told == [scope_text(scope) for scope in [*whole, *found.by_scope]]


@THOROUGH
@given(models)
def test_the_planned_dates_are_those_of_the_plan(history: Sequence[Recorded]) -> None:
    expected = [
        (scope_text(scope), stage, instant_text(at.at), scheduled.position)
        for scope in scopes_of(history)
        for stage, scheduled in Timeline(history, (), scope, EVERYTHING_KNOWN).at(EVERYTHING_KNOWN).schedule.items()
        if (at := scheduled.date).kind != "withdrawn"
    ]
    assert [(row.scope, row.stage, row.at, row.decided_by) for row in planned(history)] == expected


@THOROUGH
@given(models, st.integers(0, 200))
def test_what_is_due_by_the_rows_is_due_by_the_rules(history: Sequence[Recorded], days: int) -> None:
    earlier = [announced_before(entry) for entry in history]
    now = datetime(2024, 12, 1, tzinfo=UTC) + timedelta(days=days)
    by_rows = any(row.firm and not row.recorded and row.at <= instant_text(now) for row in planned(earlier))
    assert by_rows == bool(list(due_stages(fold(KEY, earlier), now)))


def announced_before(entry: Recorded) -> Recorded:
    """The same, announced a year before: nothing lies ahead of the clock."""
    event = entry.event
    early = event.model_copy(update={"announced_at": event.announced_at - timedelta(days=365)})  # type: ignore[attr-defined]  # each has it
    return Recorded(entry.position, entry.stream, entry.version, entry.recorded_at, entry.actor, early)


def scopes_of(history: Sequence[Recorded]) -> list[Scope]:
    return [life.scope for life in Subject(history).lives]


def text_of(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def test_a_life_in_stretches() -> None:
    plan = announced(legacy="2024-07-01", retired=not_before("2024-09-01"), replacements=("azure/next",))
    given = entries_of(listed(since="2024-01-01"), plan, announced("2024-03-01", deprecated="2024-08-01"))
    assert [(row.stretch, row.stage, row.since, row.until, row.basis, row.decided_by) for row in stretches(given)] == [
        (1, "generally_available", "2024-01-01T00:00:00.000000Z", "2024-07-01T00:00:00.000000Z", "listed", 1),
        (2, "legacy", "2024-07-01T00:00:00.000000Z", "2024-08-01T00:00:00.000000Z", "plan", 2),
        (3, "deprecated", "2024-08-01T00:00:00.000000Z", None, "plan", 3),
    ]
    told = {(row.scope, row.provider, row.name, row.status, row.replacements, row.position) for row in stretches(given)}
    assert told == {("{}", "Mistral AI", "Mistral-large", "stage", '["azure/next"]', 3)}
    assert [(row.stage, row.at, row.firm, row.text, row.decided_by, row.recorded) for row in planned(given)] == [
        ("legacy", "2024-07-01T00:00:00.000000Z", True, "2024-07-01", 2, False),
        ("deprecated", "2024-08-01T00:00:00.000000Z", True, "2024-08-01", 3, False),
        ("retired", "2024-09-01T00:00:00.000000Z", False, "not before 2024-09-01", 2, False),
    ]


def test_a_part_has_rows_of_its_own_and_the_whole_only_where_something_is_said_of_it() -> None:
    part = announced(retired="2024-07-01", scope={"version": "1"})
    assert {row.scope for row in stretches(entries_of(part))} == {'{"version":"1"}'}
    assert {row.scope for row in stretches(entries_of(listed(), part))} == {"{}", '{"version":"1"}'}


def test_a_stretch_without_a_known_beginning_reaches_back_for_ever_and_a_model_without_a_listing_has_no_name() -> None:
    first, *_ = stretches(entries_of(announced(legacy="2024-07-01")))
    assert (first.stage, first.since, first.basis, first.decided_by) == ("generally_available", None, "listed", None)
    assert (first.provider, first.name) == (None, None)


def test_where_all_that_was_said_was_misread_there_is_one_row_without_a_stage() -> None:
    (row,) = stretches(entries_of(announced(legacy="2024-07-01"), misread(1)))
    assert (row.status, row.stage, row.since, row.until, row.basis, row.decided_by, row.position) == ("not_known", *[None] * 5, 2)


def test_what_was_announced_after_today_counts_today() -> None:
    assert [row.stage for row in stretches(entries_of(listed(), announced("2999-01-01", legacy="2999-02-01")))][1] == "legacy"


def test_a_stage_that_the_ledgers_clock_recorded_marks_its_date() -> None:
    given = entries_of(listed(), announced(legacy="2024-07-01"), entered(Stage.LEGACY, "2024-07-01", basis=Basis.SCHEDULE))
    assert [row.recorded for row in planned(given)] == [True]
